//! Headers, as NumPy writes them and as it reads them.

use numio::npy::Header;

use crate::numpy;

fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

#[test]
fn every_header_numpy_writes_is_read_and_written_back_to_the_byte() {
    let cases = numpy::run("header_cases.py", &[]);
    assert!(cases.lines().count() > 5000, "{}", cases.lines().count());
    for case in cases.lines() {
        let parts: Vec<Vec<u8>> = case.split(' ').map(unhex).collect();
        let [bytes, repr, str, name] = &parts[..] else { panic!("{case}") };
        let shown = bytes.escape_ascii();
        let (header, offset) =
            Header::parse(bytes, usize::MAX).unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert_eq!(offset, bytes.len());
        assert_eq!(header.to_bytes().escape_ascii().to_string(), shown.to_string());
        assert_eq!(header.dtype().repr().as_bytes(), repr, "{shown}");
        assert_eq!(header.dtype().to_string().as_bytes(), str, "{shown}");
        assert_eq!(header.dtype().name().as_bytes(), name, "{shown}");
        let again = Header::new(header.dtype().clone(), header.shape().to_vec(), header.order()).unwrap();
        assert_eq!(again, header, "{shown}");
    }
}
