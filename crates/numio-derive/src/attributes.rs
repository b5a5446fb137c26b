//! What `#[numio(...)]` may say of a struct and of its fields.

use syn::{Attribute, LitStr, Result};

/// `#[numio(align, pod)]` on the struct.
#[derive(Default)]
pub struct StructAttributes {
    pub align: bool,
    pub pod: bool,
}

/// `#[numio(rename = "...", title = "...")]` on a field.
#[derive(Default)]
pub struct FieldAttributes {
    pub rename: Option<LitStr>,
    pub title: Option<LitStr>,
}

impl StructAttributes {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("numio")) {
            attribute.parse_nested_meta(|meta| {
                let flag = if meta.path.is_ident("align") {
                    &mut found.align
                } else if meta.path.is_ident("pod") {
                    &mut found.pod
                } else {
                    return Err(meta.error("expected `align` or `pod`"));
                };
                *flag = true;
                Ok(())
            })?;
        }
        Ok(found)
    }
}

impl FieldAttributes {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("numio")) {
            attribute.parse_nested_meta(|meta| {
                let slot = if meta.path.is_ident("rename") {
                    &mut found.rename
                } else if meta.path.is_ident("title") {
                    &mut found.title
                } else {
                    return Err(meta.error("expected `rename = \"...\"` or `title = \"...\"`"));
                };
                let text: LitStr = meta.value()?.parse()?;
                if slot.is_some() {
                    return Err(meta.error("given twice"));
                }
                if text.value().is_empty() {
                    return Err(syn::Error::new(text.span(), "a field needs a name that is not empty"));
                }
                *slot = Some(text);
                Ok(())
            })?;
        }
        Ok(found)
    }
}
