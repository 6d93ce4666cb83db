//! Configurations that nobody would write, the same in every run.

use crate::connect::Config;
use crate::plugin::ports::PluginDesc;

/// Values that have broken programs before.
const STRANGE: &[&str] = &[
    "",
    " ",
    "\t\n",
    "0",
    "-1",
    "1.5",
    "1e400",
    "NaN",
    "99999999999999999999",
    "-9223372036854775808",
    "true",
    "TRUE",
    "no",
    "null",
    ",",
    ",,,",
    "a,b,,c",
    "..",
    "/",
    "://",
    "http://",
    "http://[",
    "%",
    "%zz",
    "\\",
    "\"",
    "{",
    "{}",
    "[]",
    "(",
    "*",
    "[a-",
    "\u{0}",
    "\u{feff}",
    "ä€𝄞",
    "\u{202e}x",
    "${file:/etc/passwd:x}",
];

/// A generator of numbers (xorshift).
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    fn value(&mut self) -> String {
        match self.below(8) {
            0 => "x".repeat(self.below(5_000)),
            1 => (0..self.below(40)).filter_map(|_| char::from_u32(self.below(0x3000) as u32)).collect(),
            2 => self.0.to_string(),
            _ => STRANGE[self.below(STRANGE.len())].to_owned(),
        }
    }

    /// The configuration with some of the plugin's keys absent or strange; `granting` says whether keys with grants are among them.
    pub fn config(&mut self, plugin: &PluginDesc, config: &Config, granting: bool) -> Config {
        let mut changed = config.clone();
        for key in plugin.config.iter().filter(|key| granting || key.grants.is_empty()) {
            match self.below(3) {
                0 => drop(changed.shift_remove(&*key.name)),
                1 => drop(changed.insert(key.name.to_string(), self.value())),
                _ => {}
            }
        }
        changed
    }
}
