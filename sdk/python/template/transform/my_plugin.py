"""my-plugin: a transform that writes string values in upper case."""

from __future__ import annotations

from wasm_connect import Config, ConfigDef, ConfigKey, DataError, NewRecord, Record, Transformation, export

CONFIG = ConfigDef(
    # In a connector's configuration: transforms.ALIAS.suffix
    ConfigKey.string("suffix", default="", doc="What is put behind each value."),
)


class MyPlugin(Transformation):
    """Writes string values in upper case."""

    CLASS = "com.example.MyPlugin"
    VERSION = "0.1.0"
    CONFIG_DEF = CONFIG

    def configure(self, config: Config) -> None:
        self.suffix = CONFIG.parse(config)["suffix"]

    def apply(self, record: Record) -> NewRecord | None:
        text = record.value
        if not isinstance(text, str):
            # Fails this record alone: the connector's errors.tolerance decides what becomes of it.
            raise DataError("the value is no string")
        if not text:
            # Dropped.
            return None
        return NewRecord(record, value=text.upper() + self.suffix)


export(transformations=[MyPlugin])
