//! `StringConverter`: any value as its text, and text from any bytes.

use wasm_connect_batch::{FrameWriter, Payload, Schema, SchemaId};

use super::java::charset::Charset;
use super::java::to_string;
use super::view::View;
use super::{ConvertError, Converter, SchemaAndValue, Slot, Unconverted, keys};
use crate::connect::Config;

/// `org.apache.kafka.connect.storage.StringConverter`.
pub(super) struct StringConverter {
    charset: Charset,
}

impl StringConverter {
    pub(super) fn new(config: &Config) -> Result<Self, ConvertError> {
        let encoding = config.get(keys::ENCODING).map_or("UTF-8", String::as_str);
        let charset =
            Charset::for_name(encoding).ok_or_else(|| ConvertError(format!("Unsupported encoding {encoding}")))?;
        Ok(StringConverter { charset })
    }
}

impl Converter for StringConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        if value.is_null() {
            return Ok(false);
        }
        if self.charset == Charset::Utf8 {
            to_string::write(out, value.schema(), value.view()?)?;
            return Ok(true);
        }
        let mut text = Vec::new();
        to_string::write(&mut text, value.schema(), value.view()?)?;
        self.charset.encode(&String::from_utf8_lossy(&text), out);
        Ok(true)
    }

    fn as_it_is<'a>(&self, value: SchemaAndValue<'a>) -> Option<&'a [u8]> {
        match value.view() {
            Ok(View::String(text)) if self.charset == Charset::Utf8 => Some(text.as_bytes()),
            _ => None,
        }
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        let Some(bytes) = bytes else {
            return Ok(slot.write(frame, Payload::Null(Some(&Schema::string().optional().build())))?);
        };
        Ok(slot.write(frame, Payload::Str(SchemaId::OPTIONAL_STRING, &self.charset.decode(bytes)))?)
    }
}
