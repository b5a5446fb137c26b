//! Every way out of an array against the slow one: element by element, at its offset.

mod values;

use std::sync::Arc;

use ndarray::{Array, ArrayD, Axis, Ix1, Ix2, IxDyn, ShapeBuilder, Slice};

use super::*;
use crate::{ByteOrder, ErrorKind, IntWidth, Scalar};

/// Arrays of `u2` of every layout worth trying: contiguous, transposed, stepped, backwards, empty, without axes.
fn layouts() -> Vec<(Layout, usize)> {
    let mut all = Vec::new();
    for shape in [&[][..], &[0], &[1], &[7], &[3, 4], &[1, 5], &[2, 0, 3], &[2, 3, 4], &[3, 1, 2, 2]] {
        for order in [Order::C, Order::Fortran] {
            let wide: Vec<usize> = shape.iter().map(|axis| axis * 3).collect();
            let len = byte_len(&wide, 2).unwrap();
            all.push((Layout::contiguous(shape, 2, order), len));
            for stepped in 0..shape.len() {
                let mut layout = Layout::contiguous(&wide, 2, order);
                layout.shape = shape.to_vec();
                layout.strides[stepped] *= 3;
                all.push((layout.clone(), len));
                if !shape.contains(&0) {
                    layout.offset = (layout.strides[stepped] * (shape[stepped] as isize - 1)) as usize;
                    layout.strides[stepped] *= -1;
                    all.push((layout.clone(), len));
                    layout.shape.swap(0, shape.len() - 1);
                    layout.strides.swap(0, shape.len() - 1);
                    all.push((layout, len));
                }
            }
        }
    }
    all
}

fn counting(layout: Layout, len: usize, order: ByteOrder) -> DynArray {
    let mut buffer = Buffer::zeroed(len).unwrap();
    for (index, bytes) in buffer.bytes_mut().chunks_exact_mut(2).enumerate() {
        bytes.copy_from_slice(&match order {
            ByteOrder::Little => ((index as u16).wrapping_mul(257)).to_le_bytes(),
            ByteOrder::Big => ((index as u16).wrapping_mul(257)).to_be_bytes(),
        });
    }
    let dtype = DType::Scalar(Scalar::UInt(IntWidth::Bits16, order));
    DynArray::from_parts(dtype, layout, Data::Owned(Arc::new(buffer)))
}

fn slow(array: &DynArray, order: Order) -> Vec<u16> {
    let start = array.layout.offsets(order);
    start
        .map(|start| array.data.bytes()[start] as u16 | (array.data.bytes()[start + 1] as u16) << 8)
        .collect()
}

#[test]
fn every_layout_gathers_views_and_converts_alike() {
    for (layout, len) in layouts() {
        let array = counting(layout, len, ByteOrder::Little);
        for order in [Order::C, Order::Fortran] {
            let mut gathered = Vec::new();
            let gather = &mut |piece: &[u8]| {
                gathered.extend_from_slice(piece);
                Ok::<_, ()>(())
            };
            array.pieces(order, gather).unwrap();
            let expected: Vec<u8> = slow(&array, order).into_iter().flat_map(u16::to_le_bytes).collect();
            assert_eq!(gathered, expected, "{:?}", array.layout);
        }
        let expected = ArrayD::from_shape_vec(array.shape(), slow(&array, Order::C)).unwrap();
        assert_eq!(array.view::<u16, IxDyn>().unwrap(), expected, "{:?}", array.layout);
        assert_eq!(array.to_array::<u16, IxDyn>().unwrap(), expected, "{:?}", array.layout);

        let mut written = Vec::new();
        array.write_to(&mut written).unwrap();
        let mut from_view = Vec::new();
        array.view::<u16, IxDyn>().unwrap().write_to(&mut from_view).unwrap();
        assert_eq!(written, from_view, "{:?}", array.layout);

        let mut changed = array.clone();
        changed.view_mut::<u16, IxDyn>().unwrap().mapv_inplace(|value| value ^ 1);
        assert_eq!(array.view::<u16, IxDyn>().unwrap(), expected, "a clone's memory changed");
        assert_eq!(changed.view::<u16, IxDyn>().unwrap(), expected.mapv(|value| value ^ 1));
    }
}

#[test]
fn swapped_elements_are_copied_and_not_viewed() {
    for (layout, len) in layouts() {
        let big = counting(layout.clone(), len, ByteOrder::Big);
        let little = counting(layout, len, ByteOrder::Little);
        assert_eq!(big.to_array::<u16, IxDyn>().unwrap(), little.view::<u16, IxDyn>().unwrap());
        assert!(big.view::<u16, IxDyn>().unwrap_err().message().contains("other byte order"));
    }
}

#[test]
fn views_that_cannot_be_say_why() {
    let array = DynArray::zeros(DType::FLOAT64, &[2, 3], Order::C).unwrap();
    let error = array.view::<f64, Ix1>().unwrap_err();
    assert_eq!(
        (error.kind(), error.message().as_str()),
        (ErrorKind::InvalidInput, "the array has 2 axes, and 1 were asked for")
    );
    assert!(array.view::<f32, Ix2>().unwrap_err().message().contains("which f32 does not hold"));
    let mut odd = array.clone();
    odd.layout = Layout { shape: vec![1, 2], strides: vec![8, 8], offset: 2 };
    let error = odd.view::<f64, Ix2>().unwrap_err();
    assert!(error.message().contains("multiples of 8 bytes"), "{error}");
    assert_eq!(odd.to_array::<f64, Ix2>().unwrap().dim(), (1, 2));
    drop(array);
    odd.layout = Layout { shape: vec![2, 2], strides: vec![8, 8], offset: 0 };
    assert!(odd.view_mut::<f64, Ix2>().unwrap_err().message().contains("overlap"));
}

#[test]
fn arrays_of_any_layout_write_what_numpy_would() {
    let base = Array::from_shape_fn((6, 20, 9), |(i, j, k)| (i * 1000 + j * 20 + k) as u32);
    let texts = base.mapv(|value| value.to_string());
    for axes in [[0, 1, 2], [2, 1, 0], [1, 0, 2], [2, 0, 1]] {
        for step in [1, 2, -1] {
            for axis in 0..3 {
                let mut view = base.view().permuted_axes(axes);
                view.slice_axis_inplace(Axis(axis), Slice::new(0, None, step));
                let mut out = Vec::new();
                view.write_to(&mut out).unwrap();
                let in_order = if view.order() == Order::C { view.view() } else { view.t() };
                let expected: Vec<u8> = in_order.iter().flat_map(|value| value.to_ne_bytes()).collect();
                assert!(out == expected, "{axes:?} {step} {axis}");
                assert!(view.as_bytes().is_none_or(|bytes| bytes == out));

                let mut view = texts.view().permuted_axes(axes);
                view.slice_axis_inplace(Axis(axis), Slice::new(0, None, step));
                let mut out = Vec::new();
                view.write_to(&mut out).unwrap();
                let mut back = Vec::<String>::new();
                String::decode(&ArrayLike::dtype(&view), &out, view.len(), &mut back).unwrap();
                let in_order = if view.order() == Order::C { view.view() } else { view.t() };
                assert!(in_order.iter().eq(&back));
            }
        }
    }
    assert_eq!(Array::<u8, _>::zeros((3, 4).f()).order(), Order::Fortran);
    assert_eq!(Array::<u8, _>::zeros((1, 4).f()).order(), Order::C);
    assert_eq!(ArrayLike::shape(&5_u8), [0_usize; 0]);
}
