//! Source offsets in one file, for standalone mode (`offset.storage.file.filename`).
//!
//! The whole file is written anew at each commit, beside the old one, synced, and renamed over it: a crash leaves the old or
//! the new state, never half of one. A file that is not ours (Java's serialised map, say) is refused, never read as empty.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::source_partition::flat_object;
use super::{OffsetStore, OffsetStoreError, SourceOffset, SourcePartition};

const FORMAT: &str = "wasm-connect source offsets 1";

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OffsetsFile {
    format: String,
    connectors: BTreeMap<String, Vec<Entry>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    partition: Box<RawValue>,
    offset: Box<RawValue>,
}

/// Offsets of one connector by canonical partition.
type Offsets = BTreeMap<String, Committed>;

#[derive(Clone)]
struct Committed {
    partition: SourcePartition,
    offset: String,
}

/// See the module's description.
pub struct FileOffsetStore {
    path: PathBuf,
    /// One writer at a time; held over the write, so that the file never goes back to an older state.
    connectors: Arc<Mutex<HashMap<String, Offsets>>>,
}

impl FileOffsetStore {
    /// Reads the file, or starts empty if there is none; an empty file counts as none.
    pub fn open(path: &Path) -> Result<Self, OffsetStoreError> {
        let connectors = match fs::read(path) {
            Ok(bytes) if bytes.is_empty() => HashMap::new(),
            Ok(bytes) => decode(path, &bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(source) => return Err(failed("read", path, source)),
        };
        Ok(Self { path: path.to_owned(), connectors: Arc::new(Mutex::new(connectors)) })
    }
}

#[async_trait]
impl OffsetStore for FileOffsetStore {
    async fn get(
        &self,
        connector: &str,
        partitions: &[SourcePartition],
    ) -> Result<Vec<Option<String>>, OffsetStoreError> {
        let connectors = self.connectors.lock().await;
        let offsets = connectors.get(connector);
        let get = |p: &SourcePartition| Some(offsets?.get(p.canonical())?.offset.clone());
        Ok(partitions.iter().map(get).collect())
    }

    async fn set(&self, connector: &str, offsets: Vec<SourceOffset>) -> Result<(), OffsetStoreError> {
        for (_, offset) in &offsets {
            if let Some(offset) = offset {
                flat_object("offset", offset)?;
            }
        }
        let mut connectors = self.connectors.clone().lock_owned().await;
        let before = connectors.get(connector).cloned();
        let kept = connectors.entry(connector.to_owned()).or_default();
        for (partition, offset) in offsets {
            match offset {
                Some(offset) => kept.insert(partition.canonical().to_owned(), Committed { partition, offset }),
                None => kept.remove(partition.canonical()),
            };
        }
        if kept.is_empty() {
            connectors.remove(connector);
        }
        let path = self.path.clone();
        let connector = connector.to_owned();
        // The lock goes along, so that a commit whose waiter is gone (a cancelled task) is finished before the next begins.
        let write = move || {
            let written = encode(&connectors).and_then(|bytes| write_atomically(&path, &bytes));
            if written.is_err() {
                match before {
                    Some(before) => connectors.insert(connector, before),
                    None => connectors.remove(&connector),
                };
            }
            written.map_err(|source| failed("write", &path, source))
        };
        match tokio::task::spawn_blocking(write).await {
            Ok(written) => written,
            Err(join) => Err(failed("write", &self.path, io::Error::other(join))),
        }
    }

    async fn list(&self, connector: &str) -> Result<Vec<(String, String)>, OffsetStoreError> {
        let connectors = self.connectors.lock().await;
        let offsets = connectors.get(connector).into_iter().flat_map(|offsets| offsets.values());
        Ok(offsets.map(|c| (c.partition.as_str().to_owned(), c.offset.clone())).collect())
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> OffsetStoreError {
    OffsetStoreError::Io { action, path: path.display().to_string(), source }
}

fn decode(path: &Path, bytes: &[u8]) -> Result<HashMap<String, Offsets>, OffsetStoreError> {
    let foreign = |found: String| OffsetStoreError::Foreign { path: path.display().to_string(), found };
    if bytes.starts_with(&[0xac, 0xed]) {
        return Err(foreign("it is a serialised Java map, as Java Connect writes it".into()));
    }
    let file: OffsetsFile = serde_json::from_slice(bytes).map_err(|e| foreign(e.to_string()))?;
    if file.format != FORMAT {
        return Err(foreign(format!("its format is '{}', not '{FORMAT}'", file.format)));
    }
    let mut connectors = HashMap::new();
    for (connector, entries) in file.connectors {
        let offsets: &mut Offsets = connectors.entry(connector).or_default();
        for entry in entries {
            let partition = SourcePartition::parse(entry.partition.get()).map_err(|e| foreign(e.to_string()))?;
            flat_object("offset", entry.offset.get()).map_err(|e| foreign(e.to_string()))?;
            let offset = entry.offset.get().to_owned();
            offsets.insert(partition.canonical().to_owned(), Committed { partition, offset });
        }
    }
    Ok(connectors)
}

fn encode(connectors: &HashMap<String, Offsets>) -> io::Result<Vec<u8>> {
    let mut file = OffsetsFile { format: FORMAT.to_owned(), connectors: BTreeMap::new() };
    for (connector, offsets) in connectors {
        let entries = offsets.values().map(|c| {
            Ok(Entry {
                partition: RawValue::from_string(c.partition.as_str().to_owned())?,
                offset: RawValue::from_string(c.offset.clone())?,
            })
        });
        file.connectors.insert(connector.clone(), entries.collect::<Result<_, serde_json::Error>>()?);
    }
    let mut bytes = serde_json::to_vec(&file)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("wasm-connect-offsets-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    fn partition(text: &str) -> SourcePartition {
        SourcePartition::parse(text).unwrap()
    }

    #[tokio::test]
    async fn offsets_survive_a_restart() {
        let path = scratch("restart");
        let store = FileOffsetStore::open(&path).unwrap();
        let p = partition(r#"{"filename":"a.txt"}"#);
        store.set("c", vec![(p.clone(), Some(r#"{"position":12}"#.into()))]).await.unwrap();
        let store = FileOffsetStore::open(&path).unwrap();
        let asked = [p, partition(r#"{"filename":"b"}"#)];
        assert_eq!(store.get("c", &asked).await.unwrap(), [Some(r#"{"position":12}"#.to_owned()), None]);
        assert_eq!(store.get("d", &asked).await.unwrap(), [None, None]);
        fs::remove_file(path).unwrap();
    }

    #[tokio::test]
    async fn a_none_offset_forgets_the_partition() {
        let path = scratch("forget");
        let store = FileOffsetStore::open(&path).unwrap();
        let p = partition(r#"{"f":1}"#);
        store.set("c", vec![(p.clone(), Some("{}".into()))]).await.unwrap();
        store.set("c", vec![(p, None)]).await.unwrap();
        assert!(store.list("c").await.unwrap().is_empty());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_foreign_file_is_refused_and_left_alone() {
        for bytes in [&[0xac, 0xed, 0, 5, b's', b'r'][..], b"{}", b"hello", br#"{"format":"x","connectors":{}}"#] {
            let path = scratch("foreign");
            fs::write(&path, bytes).unwrap();
            let Err(error) = FileOffsetStore::open(&path) else { panic!("{bytes:?} was accepted") };
            assert!(error.to_string().contains(&path.display().to_string()), "{error}");
            assert_eq!(fs::read(&path).unwrap(), bytes);
            fs::remove_file(path).unwrap();
        }
    }

    #[tokio::test]
    async fn a_failed_write_changes_nothing() {
        let path = scratch("missing-directory").join("offsets");
        let store = FileOffsetStore::open(&path).unwrap();
        let p = partition(r#"{"f":1}"#);
        assert!(store.set("c", vec![(p.clone(), Some("{}".into()))]).await.is_err());
        assert_eq!(store.get("c", &[p]).await.unwrap(), [None]);
    }
}
