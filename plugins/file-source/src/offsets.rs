//! The source's partitions, `{"filename":f}`, and offsets, `{"position":n}`, as Java's connector writes them.

use wasm_connect_sdk::{Config, Error, ExactlyOnce, Result, ScalarMap, SourceTaskContext};

/// The name in a partition.
pub const FILENAME: &str = "filename";
/// The name in an offset: bytes up to the end of the last line.
pub const POSITION: &str = "position";

/// Whether there are offsets: not of standard input.
fn are_kept(config: &Config) -> bool {
    config.get("file").is_some_and(|file| !file.trim().is_empty())
}

/// Offsets are of the file's content, so a restart finds the same lines.
pub fn exactly_once(config: &Config) -> ExactlyOnce {
    if are_kept(config) { ExactlyOnce::Supported } else { ExactlyOnce::Unsupported }
}

/// Where to go on reading, 0 if nothing is committed.
pub fn committed_position(context: &SourceTaskContext, partition: &ScalarMap) -> Result<u64> {
    match context.offset(partition)? {
        None => Ok(0),
        Some(offset) => match offset.integer(POSITION).map(u64::try_from) {
            Some(Ok(position)) => Ok(position),
            _ => Err(Error::fatal(format_args!("Offset position is the incorrect type: {offset}"))),
        },
    }
}

/// Whether offsets may be set so: Java's checks in Java's words. Anything may be deleted.
pub fn check(config: &Config, offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<()> {
    if !are_kept(config) {
        return Err(Error::fatal(
            "Offsets cannot be modified if the 'file' configuration is unspecified. \
             This is because stdin is used for input and offsets are not tracked.",
        ));
    }
    offsets.iter().try_for_each(|(partition, offset)| check_one(partition, offset.as_ref()))
}

fn check_one(partition: &ScalarMap, offset: Option<&ScalarMap>) -> Result<()> {
    let Some(offset) = offset else { return Ok(()) };
    if offset.get(POSITION).is_none() {
        return Err(Error::fatal("Offset objects should either be null or contain the key 'position'"));
    }
    match offset.integer(POSITION) {
        None => {
            return Err(Error::fatal("The value for the 'position' key in the offset is expected to be a Long value"));
        }
        Some(..0) => {
            return Err(Error::fatal("The value for the 'position' key in the offset should be a non-negative value"));
        }
        Some(_) => {}
    }
    if partition.get(FILENAME).is_none() {
        return Err(Error::fatal("Partition objects should contain the key 'filename'"));
    }
    Ok(())
}
