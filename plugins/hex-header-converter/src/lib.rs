//! HexHeaderConverter: bytes in Connect's headers are hexadecimal digits in Kafka's, which people can read.

use std::fmt::Write;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Datum, HeaderConverter, Importance, RecordFailure, Result, Schema, SchemaAndValue,
    Value,
};

wasm_connect_sdk::export! { header_converters: [HexHeaderConverter] }

/// Digits of either case are read.
pub struct HexHeaderConverter {
    upper_case: bool,
}

impl HeaderConverter for HexHeaderConverter {
    const CLASS: &'static str = "wasmconnect.converters.HexHeaderConverter";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: &'static str =
        "Headers of bytes as hexadecimal digits. Strings count as their UTF-8; null stays null.";

    fn config_def() -> ConfigDef {
        let upper_case = ConfigKey::boolean("upper.case").default(false).importance(Importance::Low);
        ConfigDef::new().define(upper_case.doc("Whether the digits above 9 are written in upper case."))
    }

    fn configure(config: Config) -> Result<Self> {
        let parsed = Self::config_def().parse(&config)?;
        Ok(Self { upper_case: parsed.boolean("upper.case").unwrap_or_default() })
    }

    fn from_connect(
        &mut self,
        _topic: &str,
        name: &str,
        value: Datum<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool, RecordFailure> {
        let bytes = match value.to_value()? {
            Value::Null => return Ok(false),
            Value::Bytes(bytes) => bytes,
            Value::String(text) => text.into_bytes(),
            _ => return Err(RecordFailure::data(format_args!("The header '{name}' holds neither bytes nor text"))),
        };
        let mut digits = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            _ = if self.upper_case { write!(digits, "{byte:02X}") } else { write!(digits, "{byte:02x}") };
        }
        out.extend_from_slice(digits.as_bytes());
        Ok(true)
    }

    fn to_connect(&mut self, _topic: &str, name: &str, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure> {
        let Some(digits) = bytes else { return Ok(SchemaAndValue::NULL) };
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, odd) = digits.as_chunks::<2>();
        let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
        match bytes {
            Some(bytes) if odd.is_empty() => Ok(SchemaAndValue::new(Schema::bytes().build(), Value::Bytes(bytes))),
            _ => Err(RecordFailure::data(format_args!("The header '{name}' is not pairs of hexadecimal digits"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converter(upper_case: &str) -> HexHeaderConverter {
        HexHeaderConverter::configure(Config::from_iter([("upper.case", upper_case)])).unwrap()
    }

    #[test]
    fn bytes_are_digits_and_back() {
        let schema = Schema::bytes().build();
        for (upper_case, digits) in [("false", "00ff1a"), ("true", "00FF1A")] {
            let mut out = Vec::new();
            let value = Datum::of(Some(&schema), Some(&[0, 0xff, 0x1a]));
            assert!(converter(upper_case).from_connect("t", "h", value, &mut out).unwrap());
            assert_eq!(out, digits.as_bytes());
            let read = converter(upper_case).to_connect("t", "h", Some(digits.as_bytes())).unwrap();
            assert_eq!(read, SchemaAndValue::new(schema.clone(), Value::Bytes(vec![0, 0xff, 0x1a])));
        }
        assert_eq!(converter("false").to_connect("t", "h", None).unwrap(), SchemaAndValue::NULL);
    }

    #[test]
    fn what_is_no_digits_is_refused() {
        for text in ["0", "0g", "+1"] {
            let refused = converter("false").to_connect("t", "h", Some(text.as_bytes())).unwrap_err();
            assert_eq!(refused, RecordFailure::data("The header 'h' is not pairs of hexadecimal digits"));
        }
    }
}
