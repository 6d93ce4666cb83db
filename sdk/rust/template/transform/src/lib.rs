//! my-plugin: a transform that writes string values in upper case.

use wasm_connect_sdk::{
    Changes, Config, ConfigDef, ConfigKey, NewRecord, Payload, Record, RecordFailure, Result, SchemaId, Transformation,
    ValueRef,
};

wasm_connect_sdk::export! { transformations: [MyPlugin] }

/// The transform, as it stands in one place of a connector's `transforms`.
pub struct MyPlugin {
    suffix: String,
}

impl Transformation for MyPlugin {
    const CLASS: &'static str = "com.example.MyPlugin";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: &'static str = "Writes string values in upper case.";

    fn config_def() -> ConfigDef {
        // In a connector's configuration: transforms.ALIAS.suffix
        ConfigDef::new().define(ConfigKey::string("suffix").default("").doc("What is put behind each value."))
    }

    fn configure(config: Config) -> Result<Self> {
        let config = Self::config_def().parse(&config)?;
        Ok(Self { suffix: config.string("suffix").unwrap_or_default().to_owned() })
    }

    fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure> {
        let ValueRef::String(text) = record.value().value()? else {
            // Fails this record alone: the connector's errors.tolerance decides what becomes of it.
            return Err(RecordFailure::data("the value is no string"));
        };
        if text.is_empty() {
            // Not written: dropped.
            return Ok(());
        }
        let loud = text.to_uppercase() + &self.suffix;
        out.write(record, Changes { value: Some(Payload::Str(SchemaId::STRING, &loud)), ..Changes::default() })
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_sdk::batch::{BatchWriter, FrameHead, Limits};
    use wasm_connect_sdk::{Batch, apply_batch};

    use super::*;

    #[test]
    fn strings_are_loud_and_other_values_are_refused() {
        let mut writer = BatchWriter::new();
        for value in [
            Payload::Str(SchemaId::STRING, "one"),
            Payload::Str(SchemaId::STRING, ""),
            Payload::Bytes(SchemaId::BYTES, b"two"),
        ] {
            let mut record = writer.begin(&FrameHead::default());
            record.value(value).expect("a value");
            record.finish();
        }
        let bytes = writer.finish();
        let mut plugin = MyPlugin::configure(Config::from_iter([("suffix", "!")])).expect("a transform");
        let batch = Batch::parse(&bytes, &Limits::default()).expect("a batch");
        let (answer, failed) = apply_batch(&mut plugin, &batch).expect("an answer");
        let answer = Batch::parse(&answer, &Limits::default()).expect("a batch");
        let values: Vec<_> =
            answer.records().filter_map(|(at, record)| Some((at, record.value().raw()?.to_vec()))).collect();
        assert_eq!(values, [(0, b"ONE!".to_vec())]);
        assert_eq!(failed.iter().map(|error| error.index).collect::<Vec<_>>(), [2]);
    }
}
