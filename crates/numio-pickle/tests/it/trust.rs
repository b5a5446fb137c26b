//! Objects that only Python makes, in the forms of its pickler, and the names that need trust.

use numio_pickle::{self as pickle, AuditHooks, Global, Object, Verdict, audit};
use numio_testkit::unhex;

fn names(bytes: &[u8]) -> Vec<String> {
    let found = pickle::load(bytes).unwrap().untrusted_with(&(), |_| false);
    found.iter().map(|found| format!("{}.{}", found.module, found.name)).collect()
}

#[test]
fn forms_of_pythons_pickler_need_no_trust() {
    let printed = numio_testkit::run("trust.py", &[]);
    let (known, others) = printed.split_once("\n\n").unwrap();
    assert!(known.lines().count() >= 14 * 12);
    for line in known.lines() {
        let bytes = unhex(line);
        let graph = pickle::load(&*bytes).unwrap();
        assert!(graph.root().is_stdlib_form(), "{}", bytes.escape_ascii());
        assert_eq!(names(&bytes), [""; 0], "{}", bytes.escape_ascii());
        // The audit judges what the attribute of a class is called with, but not the attribute.
        if graph.attributes().next().is_none() {
            assert_eq!(audit(&bytes).verdict(), Verdict::DataOnly, "{}", bytes.escape_ascii());
        }
    }
    assert!(others.trim().lines().count() >= 13 * 12);
    for line in others.trim().lines() {
        let bytes = unhex(line);
        let graph = pickle::load(&*bytes).unwrap();
        assert!(!graph.root().is_stdlib_form(), "{}", bytes.escape_ascii());
        assert_ne!(audit(&bytes).verdict(), Verdict::DataOnly, "{}", bytes.escape_ascii());
    }
}

#[test]
fn all_names_are_listed_in_the_order_of_the_file() {
    let bytes = b"(cshop\nOrder\ncarray\narray\n(I1\ntRcdecimal\nDecimal\n(S'1'\ntRcos\nsystem\n(S'x'\ntRcshop\nOrder\nt.";
    assert_eq!(names(bytes), ["shop.Order", "array.array", "os.system"]);
    let graph = pickle::load(bytes).unwrap();
    let found = graph.untrusted_with(&(), |global| global.module == "shop");
    assert_eq!((found[0].name.as_str(), found[0].offset, found[0].danger), ("array", 31, None));
    assert_eq!((found[1].name.as_str(), found[1].danger.is_some(), found.len()), ("system", true, 2));
}

#[test]
fn attributes_of_classes_are_names() {
    // pickle.dumps(Outer.Inner.make, 2) of a module `shop`
    let bytes = b"\x80\x02c__builtin__\ngetattr\nc__builtin__\ngetattr\ncshop\nOuter\nX\x05\0\0\0Inner\x86RX\x04\0\0\0make\x86R.";
    assert_eq!(names(bytes), ["shop.Outer", "shop.Outer.Inner", "shop.Outer.Inner.make"]);
    let graph = pickle::load(bytes).unwrap();
    let found: Vec<_> = graph.attributes().collect();
    assert!(found.contains(&("shop", "Outer.Inner.make".to_owned())), "{found:?}");
}

#[test]
fn a_library_knows_its_own_names_and_forms() {
    struct Shop;

    impl AuditHooks for Shop {
        fn is_harmless(&self, global: Global<'_>) -> bool {
            global.module == "shop"
        }

        fn is_known_form(&self, object: Object<'_>) -> bool {
            object.as_call().is_some_and(|call| call.args().len() == 1)
        }
    }

    let untrusted = |bytes: &[u8]| pickle::load(bytes).unwrap().untrusted_with(&Shop, |_| false).len();
    assert_eq!(untrusted(b"cshop\nOrder\n."), 0);
    assert_eq!(untrusted(b"cshop\nOrder\n(I1\ntR."), 0);
    assert_eq!(untrusted(b"cshop\nOrder\n(I1\nI2\ntR."), 1);
}
