//! `#[derive(Element)]`: a struct as an element of a structured dtype, an enum as one of integers. Documented where it
//! is used, in `numio`.

mod attributes;
mod expand;

use proc_macro::TokenStream;

/// See `numio::Element`.
#[proc_macro_derive(Element, attributes(numio))]
pub fn derive_element(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::element(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
