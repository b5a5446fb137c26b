//! Colours: of values, of lines, and of what is no number.

use clap::ValueEnum;

/// The colours of values from the least to the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorMap {
    /// From dark violet to yellow, as bright as the value is large
    #[default]
    Viridis,
    /// From black to white
    Gray,
    /// From black over red to pale yellow
    Magma,
    /// From blue to yellow, alike for all kinds of colour vision
    Cividis,
    /// From blue over grey to red; zero is in the middle where there are values of both signs
    Coolwarm,
}

/// Every thirty-second of each, as Matplotlib has them; these maps are in the public domain (CC0).
const VIRIDIS: [u32; 33] = [
    0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453781, 0x424086, 0x3e4989, 0x3b528b, 0x375b8d,
    0x33638d, 0x2f6b8e, 0x2c728e, 0x297a8e, 0x26828e, 0x23898e, 0x21918c, 0x1f978b, 0x1f9f88, 0x21a685,
    0x27ad81, 0x31b57b, 0x3dbc74, 0x4cc26c, 0x5cc863, 0x6ece58, 0x81d34d, 0x95d840, 0xaadc32, 0xc0df25,
    0xd5e21a, 0xeae51a, 0xfde725,
];
const MAGMA: [u32; 33] = [
    0x000004, 0x030312, 0x0a0822, 0x130d34, 0x1d1147, 0x29115a, 0x36106b, 0x440f76, 0x51127c, 0x5d177f,
    0x6a1c81, 0x762181, 0x832681, 0x902a81, 0x9c2e7f, 0xaa337d, 0xb73779, 0xc23b75, 0xcf4070, 0xdb476a,
    0xe55064, 0xee5b5e, 0xf4695c, 0xf9785d, 0xfb8761, 0xfd9668, 0xfea571, 0xfeb47b, 0xfec287, 0xfed194,
    0xfde0a1, 0xfceeb0, 0xfcfdbf,
];
const CIVIDIS: [u32; 33] = [
    0x00224e, 0x00285b, 0x002e6a, 0x053371, 0x1a386f, 0x273e6e, 0x32436d, 0x3b496c, 0x434e6c, 0x4b546c,
    0x535a6d, 0x5a5f6e, 0x61656f, 0x686a71, 0x6f7073, 0x767676, 0x7d7c78, 0x838179, 0x8b8778, 0x928d78,
    0x9a9376, 0xa29975, 0xaaa073, 0xb3a670, 0xbbad6d, 0xc3b369, 0xccba64, 0xd4c15f, 0xddc858, 0xe6d051,
    0xefd748, 0xf8df3c, 0xfee838,
];
const COOLWARM: [u32; 33] = [
    0x3b4cc0, 0x445acc, 0x4e68d8, 0x5875e1, 0x6282ea, 0x6c8ff1, 0x779af7, 0x82a6fb, 0x8db0fe, 0x98b9ff,
    0xa3c2fe, 0xaec9fc, 0xb9d0f9, 0xc3d5f4, 0xccd9ed, 0xd5dbe5, 0xdddcdc, 0xe4d9d2, 0xebd3c6, 0xf1cdba,
    0xf4c5ad, 0xf7bca1, 0xf7b194, 0xf7a688, 0xf49a7b, 0xf18d6f, 0xec7f63, 0xe57058, 0xde614d, 0xd55042,
    0xcb3e38, 0xc0282f, 0xb40426,
];

impl ColorMap {
    /// The colour of a share from 0 to 1; of others, that of the nearer end.
    pub fn color(self, share: f64) -> [u8; 3] {
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        let table = match self {
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
            Self::Cividis => &CIVIDIS,
            Self::Coolwarm => &COOLWARM,
            Self::Gray => return [(share * 255.0).round() as u8; 3],
        };
        let at = share * 32.0;
        let (low, part) = (at.floor() as usize, at.fract());
        let parts = |at: usize| rgb(table.get(at).copied().unwrap_or(0));
        let (from, to) = (parts(low), parts((low + 1).min(32)));
        let mut color = [0; 3];
        for ((color, from), to) in color.iter_mut().zip(from).zip(to) {
            *color = (f64::from(from) * (1.0 - part) + f64::from(to) * part).round() as u8;
        }
        color
    }

    /// The colour of NaN, which no value has.
    pub fn nan(self) -> [u8; 3] {
        match self {
            Self::Viridis | Self::Gray | Self::Cividis => [255, 62, 165],
            Self::Magma => [0, 200, 255],
            Self::Coolwarm => [0, 170, 0],
        }
    }

    /// Where the colours begin and end for values in these bounds.
    pub fn bounds(self, low: f64, high: f64) -> (f64, f64) {
        if self == Self::Coolwarm && low < 0.0 && high > 0.0 {
            let far = high.max(-low);
            return (-far, far);
        }
        if low > high { (0.0, 1.0) } else { (low, high) }
    }
}

/// The colours of lines, told apart with any colour vision (Okabe and Ito).
const LINES: [[u8; 3]; 6] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [230, 159, 0]];

/// The colour of line number `at`.
pub fn line(at: usize) -> [u8; 3] {
    LINES.get(at % LINES.len()).copied().unwrap_or_default()
}

fn rgb(color: u32) -> [u8; 3] {
    let [_, r, g, b] = color.to_be_bytes();
    [r, g, b]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_maps_begin_and_end_as_matplotlibs() {
        assert_eq!(ColorMap::Viridis.color(0.0), [0x44, 0x01, 0x54]);
        assert_eq!(ColorMap::Viridis.color(7.0), [0xfd, 0xe7, 0x25]);
        assert_eq!(ColorMap::Gray.color(0.5), [128; 3]);
        assert_eq!(ColorMap::Coolwarm.bounds(-1.0, 3.0), (-3.0, 3.0));
        for map in ColorMap::value_variants() {
            for at in 0..=1000 {
                assert_ne!(map.color(f64::from(at) / 1000.0), map.nan());
            }
        }
    }
}
