//! Writing a component's description into its file, so that a scan need not run it.

use wasm_encoder::{ComponentSection, CustomSection};

use super::description::{Description, SECTION};

/// Magic number, version and layer.
const HEADER_BYTES: usize = 8;
/// The id of custom sections.
const CUSTOM: u8 = 0;

/// The component without any embedded description.
pub fn without_description(component: &[u8]) -> Result<Vec<u8>, String> {
    let mut bare = component.get(..HEADER_BYTES).ok_or("it is too short for a component")?.to_vec();
    let mut rest = &component[HEADER_BYTES..];
    while !rest.is_empty() {
        let (section, content, after) = split_section(rest).ok_or("it ends in the middle of a section")?;
        if section[0] != CUSTOM || custom_name(content) != Some(SECTION.as_bytes()) {
            bare.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(bare)
}

/// `component`, which has none, with an embedded description at its end.
pub fn with_description(mut component: Vec<u8>, description: &Description) -> Result<Vec<u8>, String> {
    let json =
        serde_json::to_vec(description).map_err(|error| format!("its description cannot be written: {error}"))?;
    CustomSection { name: SECTION.into(), data: json.into() }.append_to_component(&mut component);
    Ok(component)
}

/// The first section with its id and size, its content, and what follows it.
fn split_section(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (size, size_bytes) = leb128(bytes.get(1..)?)?;
    let start = 1 + size_bytes;
    let end = start.checked_add(size)?;
    Some((bytes.get(..end)?, &bytes[start..end], &bytes[end..]))
}

fn custom_name(content: &[u8]) -> Option<&[u8]> {
    let (size, size_bytes) = leb128(content)?;
    content.get(size_bytes..size_bytes.checked_add(size)?)
}

/// An unsigned number of at most 32 bits, and how many bytes it took.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(number).ok()?, index + 1));
        }
    }
    None
}
