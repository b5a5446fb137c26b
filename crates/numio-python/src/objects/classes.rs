//! The classes of harmless types, imported when they are first needed.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $module:literal . $attribute:literal;)*) => {
        $($(#[$doc])*
        pub(super) fn $name(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
            static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
            CLASS.import(py, $module, $attribute)
        })*
    };
}

classes! {
    object = "builtins"."object";
    range = "builtins"."range";
    slice = "builtins"."slice";
    int = "builtins"."int";
    date = "datetime"."date";
    time = "datetime"."time";
    datetime = "datetime"."datetime";
    timedelta = "datetime"."timedelta";
    timezone = "datetime"."timezone";
    decimal = "decimal"."Decimal";
    fraction = "fractions"."Fraction";
    uuid = "uuid"."UUID";
    safe_uuid = "uuid"."SafeUUID";
    ordered_dict = "collections"."OrderedDict";
    default_dict = "collections"."defaultdict";
    counter = "collections"."Counter";
    deque = "collections"."deque";
    masked = "numpy.ma"."masked";
    masked_array = "numpy.ma"."MaskedArray";
    masked_record = "numpy.ma.core"."mvoid";
    masked_records = "numpy.ma.mrecords"."MaskedRecords";
    enum_class = "enum"."Enum";
}
