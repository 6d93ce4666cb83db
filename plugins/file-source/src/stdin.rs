//! Standard input, waited for together with a timer, so that a stop never finds the task blocked with bytes in hand.

use std::io::Read as _;
use std::time::Duration;

use wasm_connect_sdk::{Error, OrError, Result};

use crate::input::Read;
use crate::lines::Lines;

/// No single wait is longer: a stop is noticed between waits.
const MAX_WAIT: Duration = Duration::from_millis(200);

/// Whether the end was met.
#[derive(Default)]
pub struct Stdin {
    ended: bool,
}

impl Stdin {
    /// Reads what there is, or comes within `wait`.
    pub fn read(&mut self, lines: &mut Lines, wait: Duration) -> Result<Read> {
        if self.ended {
            return Ok(Read::NothingYet);
        }
        if !is_readable(wait.min(MAX_WAIT))? {
            return Ok(Read::Waited);
        }
        // The room is no less than the standard library's buffer, which is therefore passed by: nothing stays in it.
        match std::io::stdin().lock().read(lines.space()).or_fatal(|| "cannot read standard input")? {
            0 => {
                self.ended = true;
                Ok(Read::NothingYet)
            }
            count => {
                lines.filled(count);
                Ok(Read::Bytes)
            }
        }
    }
}

fn is_readable(wait: Duration) -> Result<bool> {
    let mut stdin = libc::pollfd { fd: 0, events: libc::POLLIN, revents: 0 };
    // SAFETY: one valid entry, which outlives the call.
    match unsafe { libc::poll(&mut stdin, 1, wait.as_millis() as i32) } {
        ..0 => Err(Error::fatal(format_args!("cannot wait for standard input: {}", std::io::Error::last_os_error()))),
        ready => Ok(ready > 0),
    }
}
