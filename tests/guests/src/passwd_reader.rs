//! Attempts at `/etc/passwd`, by every way that a path or a link may lead there.

use std::ffi::CString;
use std::fs;
use std::io;

use wasm_connect_sdk::{Config, ConfigDef, ConfigKey, Error, Grant, Result};

use crate::attempts::{Attempt, given};
use crate::connectors::class;

const PASSWD: &str = "/etc/passwd";

/// Reads `/etc/passwd` by the configured route.
pub struct PasswdReader;

impl Attempt for PasswdReader {
    class!("PasswdReader");

    fn keys() -> ConfigDef {
        ConfigDef::new()
            .define(ConfigKey::string("directory").grants(Grant::WriteDir).doc("A directory that may be written."))
            .define(ConfigKey::string("route").doc("absolute, dotted, symlink, found-symlink, proc, hard-link, rename"))
    }

    fn attempt(config: &Config) -> Result<String> {
        let directory = given(config, "directory")?;
        let route = given(config, "route")?;
        let own = format!("{directory}/passwd");
        let read = match route {
            "absolute" => fs::read_to_string(PASSWD),
            "dotted" => fs::read_to_string(format!("{directory}/../../../../../../../..{PASSWD}")),
            "symlink" => symlink(PASSWD, &own).and_then(|()| fs::read_to_string(&own)),
            // That somebody else made.
            "found-symlink" => fs::read_to_string(format!("{directory}/link-to-passwd")),
            "proc" => fs::read_to_string(format!("/proc/self/root{PASSWD}")),
            "hard-link" => fs::hard_link(PASSWD, &own).and_then(|()| fs::read_to_string(&own)),
            "rename" => fs::rename(PASSWD, &own).and_then(|()| fs::read_to_string(&own)),
            other => return Err(Error::config(format_args!("there is no route {other}"))),
        };
        read.map_err(|error| Error::fatal(format_args!("cannot read {PASSWD} by {route}: {error}")))
    }
}

pub fn symlink(target: &str, link: &str) -> io::Result<()> {
    let (target, link) = (CString::new(target)?, CString::new(link)?);
    // SAFETY: two strings that end with a zero and outlive the call.
    match unsafe { libc::symlink(target.as_ptr(), link.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
