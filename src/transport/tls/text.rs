//! The text of a part of a name, in whichever of ASN.1's alphabets it is written.

use std::borrow::Cow;

use x509_parser::asn1_rs::Tag;
use x509_parser::x509::AttributeTypeAndValue;

/// Its text as OpenSSL reads it; none of what is no text.
pub(super) fn text<'a>(part: &'a AttributeTypeAndValue<'_>) -> Option<Cow<'a, str>> {
    let value = part.attr_value();
    match value.tag() {
        Tag::Utf8String => std::str::from_utf8(value.data).ok().map(Cow::Borrowed),
        Tag::BmpString => wide(value.data.as_chunks().0, value.data, |pair| u16::from_be_bytes(*pair).into()),
        Tag::UniversalString => wide(value.data.as_chunks().0, value.data, |four| u32::from_be_bytes(*four)),
        Tag::NumericString
        | Tag::PrintableString
        | Tag::TeletexString
        | Tag::Ia5String
        | Tag::VisibleString => Some(latin(value.data)),
        _ => None,
    }
}

/// Bytes that are characters each, of the first 256.
pub(super) fn latin(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

fn wide<const N: usize>(
    characters: &[[u8; N]],
    all: &[u8],
    code: fn(&[u8; N]) -> u32,
) -> Option<Cow<'static, str>> {
    let is_whole = characters.len().checked_mul(N) == Some(all.len());
    let text = characters.iter().map(|character| char::from_u32(code(character))).collect::<Option<String>>();
    text.filter(|_| is_whole).map(Cow::Owned)
}
