//! The attributes `#[numio(...)]` of a type and of its fields.

use syn::{Attribute, LitStr, Path, Result};

/// `#[numio(align, pod, transparent, crate = "...")]` on the type.
#[derive(Default)]
pub struct TypeAttributes {
    pub align: bool,
    pub pod: bool,
    pub transparent: bool,
    pub krate: Option<Path>,
}

/// `#[numio(rename = "...", title = "...")]` on a field.
#[derive(Default)]
pub struct FieldAttributes {
    pub rename: Option<LitStr>,
    pub title: Option<LitStr>,
}

impl TypeAttributes {
    pub fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("numio")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("crate") {
                    let path: LitStr = meta.value()?.parse()?;
                    found.krate = Some(path.parse()?);
                    return Ok(());
                }
                let flag = if meta.path.is_ident("align") {
                    &mut found.align
                } else if meta.path.is_ident("pod") {
                    &mut found.pod
                } else if meta.path.is_ident("transparent") {
                    &mut found.transparent
                } else {
                    return Err(meta.error("expected `align`, `pod`, `transparent` or `crate = \"...\"`"));
                };
                *flag = true;
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The path by which the crate `numio` is named.
    pub fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| syn::parse_quote!(::numio))
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
