//! The implementation that the derive writes. Everything that does not depend on the struct stands in
//! `numio::derive`, so that little code is made for each struct.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Type};

use crate::attributes::{FieldAttributes, StructAttributes};

/// One field: how Rust calls it, how NumPy does.
struct Field<'a> {
    ident: &'a Ident,
    ty: &'a Type,
    name: LitStr,
    title: Option<LitStr>,
}

pub fn element(input: &DeriveInput) -> Result<TokenStream> {
    let StructAttributes { align, pod } = StructAttributes::parse(&input.attrs)?;
    if !input.generics.params.is_empty() {
        let message = "`Element` is derived for structs without generic parameters only";
        return Err(Error::new_spanned(&input.generics, message));
    }
    let fields = named_fields(input)?;
    let struct_name = &input.ident;
    let text = LitStr::new(&struct_name.unraw().to_string(), struct_name.span());
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let columns: Vec<_> = (0..fields.len()).map(|index| format_ident!("column_{index}")).collect();
    let indexes = 0..fields.len();
    let types: Vec<_> = fields.iter().map(|field| field.ty).collect();
    let names: Vec<_> = fields.iter().map(|field| &field.name).collect();
    let titles: Vec<_> = fields
        .iter()
        .map(|field| match &field.title {
            Some(title) => quote!(::core::option::Option::Some(#title)),
            None => quote!(::core::option::Option::None),
        })
        .collect();
    let (in_place, as_bytes, impl_pod) = match pod {
        true => (
            quote! {
                if ::numio::derive::decode_plain(dtype, bytes, count, out)? {
                    return ::core::result::Result::Ok(());
                }
            },
            quote! {
                fn as_bytes(items: &[Self]) -> ::core::option::Option<&[u8]> {
                    ::numio::derive::plain_bytes(items, #align)
                }
            },
            quote! {
                #[automatically_derived]
                impl ::numio::PlainElement for #struct_name {
                    fn dtype() -> ::numio::DType {
                        ::numio::derive::record(#text, #align, [#((
                            #names,
                            #titles,
                            <#types as ::numio::PlainElement>::dtype(),
                        )),*])
                    }
                }
            },
        ),
        false => Default::default(),
    };
    Ok(quote! {
        #impl_pod

        #[automatically_derived]
        // A struct without fields has a pattern that always fits.
        #[allow(irrefutable_let_patterns)]
        impl ::numio::Element for #struct_name {
            fn dtype_for(
                items: &mut dyn ::core::iter::Iterator<Item = &Self>,
            ) -> ::numio::DType {
                let items: ::std::vec::Vec<&Self> = ::core::iter::Iterator::collect(items);
                ::numio::derive::record(#text, #align, [#((
                    #names,
                    #titles,
                    <#types as ::numio::Element>::dtype_for(
                        &mut ::core::iter::Iterator::map(items.iter(), |item| &item.#idents)
                    ),
                )),*])
            }

            fn fixed_dtype() -> ::core::option::Option<::numio::DType> {
                ::core::option::Option::Some(::numio::derive::record(#text, #align, [#((
                    #names,
                    #titles,
                    <#types as ::numio::Element>::fixed_dtype()?,
                )),*]))
            }

            fn decode(
                dtype: &::numio::DType,
                bytes: &[u8],
                count: usize,
                out: &mut ::std::vec::Vec<Self>,
            ) -> ::numio::Result<()> {
                #in_place
                let rows = ::numio::derive::Rows::new(#text, dtype, bytes, count)?;
                #(let mut #columns = rows.column::<#types>(#names)?.into_iter();)*
                out.reserve(count);
                for _ in 0..count {
                    // Every column has `count` items.
                    let (#(::core::option::Option::Some(#columns),)*) =
                        (#(::core::iter::Iterator::next(&mut #columns),)*)
                    else {
                        break;
                    };
                    out.push(Self { #(#idents: #columns),* });
                }
                ::core::result::Result::Ok(())
            }

            #as_bytes

            fn encode(&self, dtype: &::numio::DType, out: &mut ::std::vec::Vec<u8>) -> ::numio::Result<()> {
                let mut row = ::numio::derive::Row::new(dtype, out);
                #(row.field(#indexes, &self.#idents)?;)*
                row.end();
                ::core::result::Result::Ok(())
            }
        }
    })
}

fn named_fields(input: &DeriveInput) -> Result<Vec<Field<'_>>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "`Element` is derived for structs only"));
    };
    let Fields::Named(fields) = &data.fields else {
        let message = "`Element` needs named fields: a structured dtype has names";
        return Err(Error::new_spanned(&input.ident, message));
    };
    let mut taken = HashSet::new();
    let mut found = Vec::new();
    for field in &fields.named {
        let Some(ident) = &field.ident else { continue };
        let FieldAttributes { rename, title } = FieldAttributes::parse(&field.attrs)?;
        let name = rename.unwrap_or_else(|| LitStr::new(&ident.unraw().to_string(), ident.span()));
        for text in std::iter::once(&name).chain(&title) {
            if !taken.insert(text.value()) {
                let message = format!("{:?} names more than one field or title", text.value());
                return Err(Error::new(text.span(), message));
            }
        }
        found.push(Field { ident, ty: &field.ty, name, title });
    }
    Ok(found)
}
