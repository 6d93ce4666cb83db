//! `SimpleHeaderConverter`: headers as text, whose type is guessed when they are read.

/// What was guessed, and how guesses are brought together.
mod inferred;
/// From text (`Values.parseString`).
mod parse;
/// To text (`Values.convertToString`).
mod render;
/// The text in pieces.
mod tokens;

use wasm_connect_batch::{FrameWriter, Payload, Schema, SchemaId, Value};

use super::java::charset::Charset;
use super::{Converter, SchemaAndValue, Slot, Unconverted};

/// `org.apache.kafka.connect.storage.SimpleHeaderConverter`.
///
/// Three results differ from Java's in form. Lists and maps for whose items Java finds no common schema have a schema in Java
/// that says so; here they have none, and in them decimals and dates, which would need a schema, are strings. Digits other than
/// ASCII's are no digits. What Java's parser cannot read (its stack overflows, say) is bytes in both, here if it is nested deeper
/// than a batch may be or has a number of more than 10,000 digits.
pub(super) struct SimpleHeaderConverter;

impl Converter for SimpleHeaderConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        if value.is_null() {
            return Ok(false);
        }
        render::write(out, value.schema(), value.view()?, false)?;
        Ok(true)
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        let Some(bytes) = bytes else {
            return Ok(slot.write(frame, Payload::Null(None))?);
        };
        let text = Charset::Utf8.decode(bytes);
        if parse::is_plain(&text) {
            return Ok(slot.write(frame, Payload::Str(SchemaId::STRING, &text))?);
        }
        match parse::parse(&text) {
            Ok(Some(parsed)) => match parsed.into_value() {
                (Some(schema), value) => slot.write(frame, Payload::Value(Some(&schema), &value))?,
                (None, value) => slot.write(frame, Payload::Value(None, &value))?,
            },
            Ok(None) => slot.write(frame, Payload::Null(None))?,
            Err(_) => slot.write(frame, Payload::Bytes(SchemaId::BYTES, bytes))?,
        }
        Ok(())
    }
}

/// What a header of this text is (`Values.parseString`); none: it is nested too deeply or has too many digits.
pub(crate) fn parse_literal(text: &str) -> Option<(Option<Schema>, Value)> {
    Some(parse::parse(text).ok()?.map_or((None, Value::Null), inferred::Inferred::into_value))
}
