//! What a guest does when it misbehaves, whatever the call.

use std::fs::File;
use std::hint::black_box;
use std::net::UdpSocket;
use std::time::Duration;

use wasm_connect_sdk::{Config, ConfigDef, ConfigKey, Error, Grant, Result, info};

/// One way to misbehave, in one of the calls.
#[derive(Clone)]
pub struct Act {
    call: String,
    act: String,
    file: String,
}

/// Misbehaves as a record says.
pub fn obey(text: &str) {
    match text {
        "trap" => panic!("the guest panicked on purpose"),
        "loop" => turn_for_ever(),
        "eat memory" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(black_box(vec![1_u8; 1 << 20]));
            }
        }
        _ => {}
    }
}

/// The keys that say which.
pub fn keys(calls: &str) -> ConfigDef {
    let act = "trap, panic, exit, overflow (of the stack), bounds, loop, sleep, memory, files, handles, sockets, logs, fatal.";
    ConfigDef::new()
        .define(ConfigKey::string("call").default("").doc(format!("In which call: {calls}.")))
        .define(ConfigKey::string("act").default("trap").doc(format!("What it does there: {act}")))
        .define(
            ConfigKey::string("held").grants(Grant::ReadFile).doc("What `files` and `handles` open and never close."),
        )
}

impl Act {
    pub fn of(config: &Config) -> Self {
        let text = |key: &str| config.get(key).unwrap_or_default().to_owned();
        Self { call: text("call"), act: text("act"), file: text("held") }
    }

    /// Whether it is this call's turn.
    pub fn is_in(&self, call: &str) -> bool {
        self.call == call
    }

    /// Called at the start of each call.
    pub fn play(&self, call: &str) -> Result<()> {
        if self.call != call {
            return Ok(());
        }
        match self.act.as_str() {
            "panic" => panic!("the guest panicked on purpose"),
            "exit" => std::process::exit(1),
            "overflow" => drop(black_box(recurse(1))),
            "bounds" => out_of_bounds(),
            "loop" => turn_for_ever(),
            "sleep" => std::thread::sleep(Duration::from_secs(24 * 60 * 60)),
            "memory" => {
                let mut eaten = Vec::new();
                loop {
                    eaten.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            "files" | "handles" => self.hold_files()?,
            "sockets" => hold_sockets()?,
            "logs" => (0..100_000).for_each(|line| info!("line {line} of a flood")),
            "fatal" => return Err(Error::fatal("failing on purpose")),
            _ => std::process::abort(),
        }
        Ok(())
    }

    fn hold_files(&self) -> Result<()> {
        for held in 0..20_000 {
            match File::open(&self.file) {
                Ok(file) => std::mem::forget(file),
                Err(error) => return Err(Error::Fatal(format!("holding {held} files: {error}"))),
            }
        }
        Ok(())
    }
}

fn hold_sockets() -> Result<()> {
    for held in 0..20_000 {
        match UdpSocket::bind("0.0.0.0:0") {
            Ok(socket) => std::mem::forget(socket),
            Err(error) => return Err(Error::Fatal(format!("holding {held} sockets: {error}"))),
        }
    }
    Ok(())
}

fn turn_for_ever() -> ! {
    let mut turns = 0_u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    black_box(recurse(black_box(depth + 1))) + 1
}

/// Reads beyond the linear memory, which a component has at most 4 GiB of.
fn out_of_bounds() {
    let beyond = black_box(0xffff_fff0_usize) as *const u64;
    // SAFETY: it is not; WebAssembly traps here, which is what the test wants to see.
    black_box(unsafe { beyond.read_unaligned() });
}
