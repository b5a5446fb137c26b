//! The implementation that the derive writes. Everything that does not depend on the type is in `numio::derive`, so that
//! little code is generated for each.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Data, DataEnum, DataStruct, DeriveInput, Error, Fields, GenericParam, Generics, Ident, LitStr, Member,
    Path, Result, Type, parse_quote,
};

use crate::attributes::{FieldAttributes, TypeAttributes};

/// One field: its name in Rust and in NumPy.
struct Field<'a> {
    member: Member,
    ty: &'a Type,
    name: LitStr,
    title: Option<LitStr>,
}

pub fn element(input: &DeriveInput) -> Result<TokenStream> {
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message =
            "elements are read from files and own what they hold: `String` or `FixedStr` in place of `&str`";
        return Err(Error::new_spanned(lifetime, message));
    }
    let attributes = TypeAttributes::parse(&input.attrs)?;
    match &input.data {
        Data::Struct(data) if attributes.transparent => transparent(input, data, &attributes),
        Data::Struct(data) => structure(input, data, &attributes),
        Data::Enum(data) => enumeration(input, data, &attributes),
        Data::Union(_) => {
            let message = "`Element` is derived for structs, and for enums of integers";
            Err(Error::new_spanned(&input.ident, message))
        }
    }
}

/// The generics with what the implementation needs of them: fields that depend on type parameters are elements.
fn bounded<'a>(generics: &Generics, types: impl Iterator<Item = &'a Type>, bound: &TokenStream) -> Generics {
    let parameters: Vec<Ident> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
    let mut generics = generics.clone();
    for parameter in &mut generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!('static));
        }
    }
    let clause = generics.make_where_clause();
    for ty in types {
        if mentions(ty.to_token_stream(), &parameters) {
            clause.predicates.push(parse_quote!(#ty: #bound));
        }
    }
    generics
}

fn mentions(tokens: TokenStream, names: &[Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn structure(input: &DeriveInput, data: &DataStruct, attributes: &TypeAttributes) -> Result<TokenStream> {
    let (align, krate) = (attributes.align, attributes.krate());
    let fields = fields(data)?;
    let struct_name = &input.ident;
    let text = LitStr::new(&struct_name.unraw().to_string(), struct_name.span());
    let members: Vec<_> = fields.iter().map(|field| &field.member).collect();
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
    let (in_place, as_bytes, impl_pod) = match attributes.pod {
        true => {
            let generics = bounded(&input.generics, types.iter().copied(), &quote!(#krate::PlainElement));
            let (impl_generics, type_generics, clause) = generics.split_for_impl();
            (
                quote! {
                    if #krate::derive::decode_plain(dtype, bytes, count, out)? {
                        return ::core::result::Result::Ok(());
                    }
                },
                quote! {
                    fn as_bytes(items: &[Self]) -> ::core::option::Option<&[u8]> {
                        #krate::derive::plain_bytes(items, #align)
                    }
                },
                quote! {
                    #[automatically_derived]
                    impl #impl_generics #krate::PlainElement for #struct_name #type_generics #clause {
                        fn dtype() -> #krate::DType {
                            #krate::derive::record(#text, #align, [#((
                                #names,
                                #titles,
                                <#types as #krate::PlainElement>::dtype(),
                            )),*])
                        }
                    }
                },
            )
        }
        false => Default::default(),
    };
    let bound = if attributes.pod { quote!(#krate::PlainElement) } else { quote!(#krate::Element) };
    let generics = bounded(&input.generics, types.iter().copied(), &bound);
    let (impl_generics, type_generics, clause) = generics.split_for_impl();
    Ok(quote! {
        #impl_pod

        #[automatically_derived]
        // A struct without fields has a pattern that always fits.
        #[allow(irrefutable_let_patterns)]
        impl #impl_generics #krate::Element for #struct_name #type_generics #clause {
            fn dtype_for(
                items: &mut dyn ::core::iter::Iterator<Item = &Self>,
            ) -> #krate::DType {
                let items: ::std::vec::Vec<&Self> = ::core::iter::Iterator::collect(items);
                #krate::derive::record(#text, #align, [#((
                    #names,
                    #titles,
                    <#types as #krate::Element>::dtype_for(
                        &mut ::core::iter::Iterator::map(items.iter(), |item| &item.#members)
                    ),
                )),*])
            }

            fn fixed_dtype() -> ::core::option::Option<#krate::DType> {
                ::core::option::Option::Some(#krate::derive::record(#text, #align, [#((
                    #names,
                    #titles,
                    <#types as #krate::Element>::fixed_dtype()?,
                )),*]))
            }

            fn decode(
                dtype: &#krate::DType,
                bytes: &[u8],
                count: usize,
                out: &mut ::std::vec::Vec<Self>,
            ) -> #krate::Result<()> {
                #in_place
                let rows = #krate::derive::Rows::new(#text, dtype, bytes, count)?;
                #(let mut #columns = rows.column::<#types>(#names)?.into_iter();)*
                out.reserve(count);
                for _ in 0..count {
                    // Every column has `count` items.
                    let (#(::core::option::Option::Some(#columns),)*) =
                        (#(::core::iter::Iterator::next(&mut #columns),)*)
                    else {
                        break;
                    };
                    out.push(Self { #(#members: #columns),* });
                }
                ::core::result::Result::Ok(())
            }

            #as_bytes

            fn encode(&self, dtype: &#krate::DType, out: &mut ::std::vec::Vec<u8>) -> #krate::Result<()> {
                let mut row = #krate::derive::Row::new(dtype, out);
                #(row.field(#indexes, &self.#members)?;)*
                row.end();
                ::core::result::Result::Ok(())
            }
        }
    })
}

/// A struct of one field that is the element itself.
fn transparent(input: &DeriveInput, data: &DataStruct, attributes: &TypeAttributes) -> Result<TokenStream> {
    let krate = attributes.krate();
    let fields = fields(data)?;
    let ([field], false) = (&fields[..], attributes.align || attributes.pod) else {
        let message = "`transparent` is for structs of one field, and stands alone";
        return Err(Error::new_spanned(&input.ident, message));
    };
    let (name, ty, member) = (&input.ident, field.ty, &field.member);
    let generics = bounded(&input.generics, std::iter::once(ty), &quote!(#krate::Element));
    let (impl_generics, type_generics, clause) = generics.split_for_impl();
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Element for #name #type_generics #clause {
            fn dtype_for(
                items: &mut dyn ::core::iter::Iterator<Item = &Self>,
            ) -> #krate::DType {
                <#ty as #krate::Element>::dtype_for(
                    &mut ::core::iter::Iterator::map(items, |item| &item.#member)
                )
            }

            fn fixed_dtype() -> ::core::option::Option<#krate::DType> {
                <#ty as #krate::Element>::fixed_dtype()
            }

            fn descr() -> ::core::option::Option<&'static str> {
                <#ty as #krate::Element>::descr()
            }

            fn decode(
                dtype: &#krate::DType,
                bytes: &[u8],
                count: usize,
                out: &mut ::std::vec::Vec<Self>,
            ) -> #krate::Result<()> {
                let mut items = ::std::vec::Vec::new();
                <#ty as #krate::Element>::decode(dtype, bytes, count, &mut items)?;
                ::core::iter::Extend::extend(
                    out,
                    ::core::iter::Iterator::map(items.into_iter(), |item| Self { #member: item }),
                );
                ::core::result::Result::Ok(())
            }

            fn encode(&self, dtype: &#krate::DType, out: &mut ::std::vec::Vec<u8>) -> #krate::Result<()> {
                <#ty as #krate::Element>::encode(&self.#member, dtype, out)
            }
        }
    })
}

/// An enum without data whose `repr` is an integer: its elements are those integers.
fn enumeration(input: &DeriveInput, data: &DataEnum, attributes: &TypeAttributes) -> Result<TokenStream> {
    let krate = attributes.krate();
    if attributes.align || attributes.pod || attributes.transparent {
        let message = "an enum takes no `align`, `pod` or `transparent`: any number in a file is checked";
        return Err(Error::new_spanned(&input.ident, message));
    }
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        let message = "a variant with data is not an integer: elements are structs, and enums without data";
        return Err(Error::new_spanned(variant, message));
    }
    let Some(repr) = integer_repr(input)? else {
        let message = "an enum needs the integer that files have for it: `#[repr(u8)]`, or another width";
        return Err(Error::new_spanned(&input.ident, message));
    };
    if data.variants.is_empty() {
        return Err(Error::new_spanned(&input.ident, "an enum without variants has no values"));
    }
    let name = &input.ident;
    let text = LitStr::new(&name.unraw().to_string(), name.span());
    let variants: Vec<_> = data.variants.iter().map(|variant| &variant.ident).collect();
    Ok(quote! {
        #[automatically_derived]
        impl #krate::Element for #name {
            fn dtype_for(_: &mut dyn ::core::iter::Iterator<Item = &Self>) -> #krate::DType {
                <#repr as #krate::PlainElement>::dtype()
            }

            fn fixed_dtype() -> ::core::option::Option<#krate::DType> {
                ::core::option::Option::Some(<#repr as #krate::PlainElement>::dtype())
            }

            fn decode(
                dtype: &#krate::DType,
                bytes: &[u8],
                count: usize,
                out: &mut ::std::vec::Vec<Self>,
            ) -> #krate::Result<()> {
                #krate::derive::decode_enum(#text, dtype, bytes, count, out, |number: #repr| {
                    #(if number == Self::#variants as #repr {
                        return ::core::option::Option::Some(Self::#variants);
                    })*
                    ::core::option::Option::None
                })
            }

            fn encode(&self, dtype: &#krate::DType, out: &mut ::std::vec::Vec<u8>) -> #krate::Result<()> {
                let number = match self {
                    #(Self::#variants => Self::#variants as #repr,)*
                };
                <#repr as #krate::Element>::encode(&number, dtype, out)
            }
        }
    })
}

/// The integer of `#[repr(...)]`.
fn integer_repr(input: &DeriveInput) -> Result<Option<Path>> {
    const INTEGERS: [&str; 10] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize"];
    let mut found = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            if INTEGERS.iter().any(|name| meta.path.is_ident(name)) {
                found = Some(meta.path);
            } else if meta.input.peek(syn::token::Paren) {
                // `align(8)`
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// The fields, those of a tuple struct under NumPy's names `f0`, `f1`, ...
fn fields(data: &DataStruct) -> Result<Vec<Field<'_>>> {
    let mut taken = HashSet::new();
    let mut found = Vec::new();
    for (member, field) in data.fields.members().zip(&data.fields) {
        let FieldAttributes { rename, title } = FieldAttributes::parse(&field.attrs)?;
        let name = rename.unwrap_or_else(|| match &member {
            Member::Named(ident) => LitStr::new(&ident.unraw().to_string(), ident.span()),
            Member::Unnamed(index) => LitStr::new(&format!("f{}", index.index), index.span),
        });
        for text in std::iter::once(&name).chain(&title) {
            if !taken.insert(text.value()) {
                let message = format!("{:?} names more than one field or title", text.value());
                return Err(Error::new(text.span(), message));
            }
        }
        found.push(Field { member, ty: &field.ty, name, title });
    }
    Ok(found)
}
