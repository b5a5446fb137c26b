//! Raw bytes as elements.

use bytemuck::{Pod, Zeroable};

use super::pod::plain_sized;
use crate::{DType, Scalar};

/// `N` raw bytes, NumPy's `V`.
///
/// ```
/// use numio::{DType, PlainElement, Scalar, Void};
///
/// assert_eq!(Void::<3>::dtype(), DType::Scalar(Scalar::Void(3)));
/// assert_eq!(Void([1, 2, 3]).0, [1, 2, 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Pod, Zeroable)]
#[repr(transparent)]
pub struct Void<const N: usize>(pub [u8; N]);

plain_sized!(Void => |n| DType::Scalar(Scalar::Void(n)));
