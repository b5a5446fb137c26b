//! Complex numbers, texts and Python objects.

use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

use num_complex::Complex;

use super::sums::Moments;
use super::{At, ComplexStats, ObjectStats, Pass, TextStats};
use crate::blocks::values::complexes;
use crate::objects::decode::type_name;
use crate::objects::dtype_state::Reading;
use crate::parallel::lock;
use crate::{ByteOrder, DynArray, Error, ErrorKind, Result, Scalar, SliceItem};

/// NumPy orders complex numbers by their real parts, then by their imaginary parts.
fn is_less(a: Complex<f64>, b: Complex<f64>) -> bool {
    a.re < b.re || a.re == b.re && a.im < b.im
}

pub(super) fn complex(pass: &Pass<'_>) -> Result<ComplexStats> {
    #[derive(Default)]
    struct Part {
        count: usize,
        nans: usize,
        infinities: usize,
        zeros: usize,
        min: Option<(Complex<f64>, usize)>,
        max: Option<(Complex<f64>, usize)>,
        re: Moments,
        im: Moments,
    }
    let parts = pass.each(|block, bytes, _| {
        let mut values = Vec::new();
        complexes(pass.leaf.scalar, bytes, &mut values)?;
        let mut part = Part { count: values.len(), ..Part::default() };
        let (mut re, mut im) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
        for (number, value) in values.iter().enumerate() {
            if value.re.is_nan() || value.im.is_nan() {
                part.nans += 1;
                continue;
            }
            part.infinities += usize::from(value.re.is_infinite() || value.im.is_infinite());
            part.zeros += usize::from(value.re == 0.0 && value.im == 0.0);
            re.push(value.re);
            im.push(value.im);
            if part.min.is_none_or(|(least, _)| is_less(*value, least)) {
                part.min = Some((*value, pass.position(block, number)));
            }
            if part.max.is_none_or(|(most, _)| is_less(most, *value)) {
                part.max = Some((*value, pass.position(block, number)));
            }
        }
        (part.re, part.im) = (Moments::of(&re), Moments::of(&im));
        Ok(part)
    })?;
    let mut all = Part::default();
    for part in parts {
        all.count += part.count;
        all.nans += part.nans;
        all.infinities += part.infinities;
        all.zeros += part.zeros;
        all.re.merge(part.re);
        all.im.merge(part.im);
        if let Some(found) = part.min
            && all
                .min
                .is_none_or(|least| is_less(found.0, least.0) || found.0 == least.0 && found.1 < least.1)
        {
            all.min = Some(found);
        }
        if let Some(found) = part.max
            && all.max.is_none_or(|most| is_less(most.0, found.0) || found.0 == most.0 && found.1 < most.1)
        {
            all.max = Some(found);
        }
    }
    let at = |(value, position): (Complex<f64>, usize)| pass.at((value.re, value.im), position);
    Ok(ComplexStats {
        count: all.count,
        nans: all.nans,
        infinities: all.infinities,
        zeros: all.zeros,
        min: all.min.map(at),
        max: all.max.map(at),
        mean: all.re.mean().zip(all.im.mean()),
        std: all.re.std().zip(all.im.std()).map(|(re, im)| re.hypot(im)),
    })
}

/// The most different texts that are told apart, and the most bytes of them.
const MOST_TEXTS: usize = 1 << 20;
const MOST_BYTES: usize = 64 << 20;

/// The texts seen so far; nothing once there are too many.
struct Seen {
    texts: Option<HashSet<Box<[u8]>>>,
    bytes: usize,
}

impl Seen {
    fn add(&mut self, text: &[u8]) {
        let Some(texts) = &mut self.texts else { return };
        if texts.contains(text) {
            return;
        }
        self.bytes += text.len();
        if texts.len() >= MOST_TEXTS || self.bytes > MOST_BYTES {
            self.texts = None;
            return;
        }
        texts.insert(text.into());
    }
}

/// A text without the zeros that fill it up.
fn trimmed(padded: &[u8], unit: usize, is_void: bool) -> &[u8] {
    let end = match is_void {
        true => padded.len(),
        false => padded.iter().rposition(|&byte| byte != 0).map_or(0, |last| last / unit * unit + unit),
    };
    padded.get(..end).unwrap_or_default()
}

pub(super) fn texts(pass: &Pass<'_>) -> Result<TextStats> {
    type Extreme = Option<(Vec<u8>, usize)>;
    let size = pass.leaf.scalar.itemsize().max(1);
    let (unit, is_void) = match pass.leaf.scalar {
        Scalar::Str(..) => (4, false),
        Scalar::Void(_) => (1, true),
        _ => (1, false),
    };
    // Code points compare by their values, as bytes do the most significant first.
    let comparable = |text: &[u8]| -> Vec<u8> {
        let mut text = text.to_vec();
        if unit == 4 && ByteOrder::NATIVE == ByteOrder::Little {
            text.chunks_exact_mut(4).for_each(<[u8]>::reverse);
        }
        text
    };
    let seen = Mutex::new(Seen { texts: Some(HashSet::new()), bytes: 0 });
    let parts = pass.each(|block, bytes, _| {
        let (mut count, mut empty) = (0, 0);
        let mut lengths: Option<(usize, usize)> = None;
        let (mut min, mut max): (Extreme, Extreme) = (None, None);
        let mut fresh: HashSet<&[u8]> = HashSet::new();
        for (number, padded) in bytes.chunks_exact(size).enumerate() {
            let text = trimmed(padded, unit, is_void);
            count += 1;
            empty += usize::from(text.is_empty());
            let length = text.len() / unit;
            lengths =
                Some(lengths.map_or((length, length), |(low, high)| (low.min(length), high.max(length))));
            let text_key = comparable(text);
            // In memory of Fortran order the first to be seen need not be the first of all.
            let improves = |known: &Extreme, is_better: &dyn Fn(&Vec<u8>) -> bool| match known {
                None => true,
                Some((known, at)) => {
                    is_better(known) || *known == text_key && pass.position(block, number) < *at
                }
            };
            if improves(&min, &|least| text_key < *least) {
                min = Some((text_key.clone(), pass.position(block, number)));
            }
            if improves(&max, &|most| text_key > *most) {
                max = Some((text_key, pass.position(block, number)));
            }
            fresh.insert(text);
        }
        let mut seen = lock(&seen);
        fresh.into_iter().for_each(|text| seen.add(text));
        drop(seen);
        Ok((count, empty, lengths, min, max))
    })?;
    let mut stats = TextStats::default();
    let (mut min, mut max): (Extreme, Extreme) = (None, None);
    for (count, empty, lengths, least, most) in parts {
        stats.count += count;
        stats.empty += empty;
        stats.lengths = match (stats.lengths, lengths) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (one, two) => one.or(two),
        };
        if let Some(found) = least
            && min.as_ref().is_none_or(|known| found < *known)
        {
            min = Some(found);
        }
        if let Some(found) = most
            && max.as_ref().is_none_or(|known| found.0 > known.0 || found.0 == known.0 && found.1 < known.1)
        {
            max = Some(found);
        }
    }
    let at = |(key, position): (Vec<u8>, usize)| -> Result<At<DynArray>> {
        let element = pass.single(position)?;
        if element.ndim() == 0 {
            return Ok(pass.at(element, position));
        }
        // One of the texts in a subarray.
        let flat = element.reshape(&[element.size()])?.to_native()?;
        for number in 0..flat.size() {
            let one = flat.slice(&[SliceItem::Index(number as isize)])?;
            if comparable(trimmed(&one.to_bytes(), unit, is_void)) == key {
                return Ok(pass.at(one, position));
            }
        }
        Ok(pass.at(element, position))
    };
    stats.min = min.map(at).transpose()?;
    stats.max = max.map(at).transpose()?;
    let seen = seen.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    stats.unique = seen.texts.map(|texts| texts.len());
    Ok(stats)
}

pub(super) fn objects(pass: &Pass<'_>) -> Result<ObjectStats> {
    let none = || Error::new(ErrorKind::InvalidInput, "objects are described in memory: load the array");
    let array = pass.array.as_array().ok_or_else(none)?;
    let mut types: BTreeMap<String, usize> = BTreeMap::new();
    let mut reading = array.graph().map_or_else(|| Reading::within(0), Reading::of);
    let mut count = 0;
    for part in pass.each(|_, bytes, _| Ok(bytes.to_vec()))? {
        for number in part.as_chunks().0 {
            let object = array.object_by_id(u64::from_ne_bytes(*number))?;
            *types.entry(type_name(object, &mut reading)).or_default() += 1;
            count += 1;
        }
    }
    let mut types: Vec<(String, usize)> = types.into_iter().collect();
    types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(ObjectStats { count, types })
}
