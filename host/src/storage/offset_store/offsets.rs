//! Adds up the records of the offsets topic, one after the other, and finds the keys to write: those that were seen.

use std::collections::HashMap;

use super::record::{OffsetRecord, UnreadableOffset, encode_key};
use super::{NotAFlatObject, SourceOffset, SourcePartition};

/// The topic up to some offset.
#[derive(Debug, Default)]
pub struct Offsets {
    connectors: HashMap<String, HashMap<SourcePartition, Committed>>,
}

/// One partition. Different bytes can mean the same one: fields in another order.
#[derive(Debug)]
struct Committed {
    /// The keys that have an offset in the topic, the one seen last at the end, with the offset that it had.
    keys: Vec<(Vec<u8>, String)>,
}

/// A record to be written: key and value; no value: a tombstone.
pub type OffsetBytes = (Vec<u8>, Option<Vec<u8>>);

// === impl Offsets ===

impl Offsets {
    /// Takes the next record; an error names what is wrong with one that is left out.
    pub fn read(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<(), UnreadableOffset> {
        let OffsetRecord { connector, partition, offset } = OffsetRecord::decode(key, value)?;
        let key = key.unwrap_or_default();
        let partitions = self.connectors.entry(connector.clone()).or_default();
        let committed = partitions.entry(partition.clone()).or_insert_with(|| Committed { keys: Vec::new() });
        committed.keys.retain(|(known, _)| known != key);
        if let Some(offset) = offset {
            committed.keys.push((key.to_owned(), offset));
        } else if committed.keys.is_empty() {
            partitions.remove(&partition);
            if partitions.is_empty() {
                self.connectors.remove(&connector);
            }
        }
        Ok(())
    }

    /// The offset that was written last; none: nothing committed.
    pub fn get(&self, connector: &str, partition: &SourcePartition) -> Option<&str> {
        self.connectors.get(connector)?.get(partition)?.last().map(|(_, offset)| offset.as_str())
    }

    /// Every partition that the connector has an offset for.
    pub fn list(&self, connector: &str) -> impl Iterator<Item = (&SourcePartition, &str)> {
        let partitions = self.connectors.get(connector).into_iter().flatten();
        partitions.filter_map(|(partition, committed)| Some((partition, committed.last()?.1.as_str())))
    }

    /// The records that commit `offsets`. An offset is written under the key seen last; a partition is forgotten under all of its
    /// keys, so that none comes back.
    pub fn records(&self, connector: &str, offsets: &[SourceOffset]) -> Result<Vec<OffsetBytes>, NotAFlatObject> {
        let mut records = Vec::with_capacity(offsets.len());
        let partitions = self.connectors.get(connector);
        for (partition, offset) in offsets {
            let committed = partitions.and_then(|partitions| partitions.get(partition));
            match (offset, committed) {
                (Some(offset), committed) => {
                    SourcePartition::check_offset(offset)?;
                    let key = match committed.and_then(Committed::last) {
                        Some((key, _)) => key.clone(),
                        None => encode_key(connector, partition),
                    };
                    records.push((key, Some(offset.clone().into_bytes())));
                }
                (None, Some(committed)) => records.extend(committed.keys.iter().map(|(key, _)| (key.clone(), None))),
                (None, None) => records.push((encode_key(connector, partition), None)),
            }
        }
        Ok(records)
    }
}

impl Committed {
    fn last(&self) -> Option<&(Vec<u8>, String)> {
        self.keys.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AB: &str = r#"["c",{"a":1,"b":2}]"#;
    const BA: &str = r#"["c",{"b":2,"a":1}]"#;

    fn read(offsets: &mut Offsets, key: &str, value: Option<&str>) {
        offsets.read(Some(key.as_bytes()), value.map(str::as_bytes)).unwrap();
    }

    fn partition() -> SourcePartition {
        SourcePartition::parse(r#"{"a":1,"b":2}"#).unwrap()
    }

    fn records(offsets: &Offsets, offset: Option<&str>) -> Vec<(String, Option<String>)> {
        let records = offsets.records("c", &[(partition(), offset.map(str::to_owned))]).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        records.into_iter().map(|(key, value)| (text(key), value.map(text))).collect()
    }

    #[test]
    fn the_bytes_that_were_seen_are_kept() {
        let mut offsets = Offsets::default();
        assert_eq!(records(&offsets, Some("{}")), [(AB.to_owned(), Some("{}".to_owned()))]);
        let spaced = r#"["c", {"b": 2, "a": 1}]"#;
        read(&mut offsets, spaced, Some(r#"{"p":1}"#));
        assert_eq!(offsets.get("c", &partition()), Some(r#"{"p":1}"#));
        assert_eq!(records(&offsets, Some("{}")), [(spaced.to_owned(), Some("{}".to_owned()))]);
    }

    #[test]
    fn of_several_keys_the_last_is_written_and_all_are_forgotten() {
        let mut offsets = Offsets::default();
        read(&mut offsets, BA, Some(r#"{"p":1}"#));
        read(&mut offsets, AB, Some(r#"{"p":2}"#));
        assert_eq!(offsets.get("c", &partition()), Some(r#"{"p":2}"#));
        assert_eq!(offsets.list("c").count(), 1);
        read(&mut offsets, BA, Some(r#"{"p":3}"#));
        assert_eq!(offsets.get("c", &partition()), Some(r#"{"p":3}"#));
        assert_eq!(records(&offsets, Some("{}")), [(BA.to_owned(), Some("{}".to_owned()))]);
        let tombstones = records(&offsets, None);
        assert_eq!(tombstones, [(AB.to_owned(), None), (BA.to_owned(), None)]);
        for (key, _) in tombstones {
            read(&mut offsets, &key, None);
        }
        assert_eq!(offsets.get("c", &partition()), None);
        assert!(offsets.connectors.is_empty());
    }

    #[test]
    fn what_is_not_known_can_be_forgotten_too() {
        assert_eq!(records(&Offsets::default(), None), [(AB.to_owned(), None)]);
    }

    #[test]
    fn a_record_that_is_no_offset_changes_nothing() {
        let mut offsets = Offsets::default();
        read(&mut offsets, AB, Some("{}"));
        assert!(offsets.read(Some(AB.as_bytes()), Some(b"[]")).is_err());
        assert_eq!(offsets.get("c", &partition()), Some("{}"));
    }
}
