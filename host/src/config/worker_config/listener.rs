//! Where the REST API listens, and the name of the machine that it is on.

use super::super::config_exception::ConfigException;

/// One item of `listeners` or `admin.listeners`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub scheme: Scheme,
    /// Empty: all interfaces. An IPv6 address is without its brackets.
    pub host: String,
    /// 0: the system's choice.
    pub port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// As URLs have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Listener {
    /// Reads `http://host:port`, an item of `key`; the errors are Java's.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigException> {
        let malformed = || {
            ConfigException::invalid(key, text, "Listener doesn't have the right format (protocol://hostname:port).")
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        let (host, port) = rest.rsplit_once(':').ok_or_else(malformed)?;
        let host = host.strip_prefix('[').unwrap_or(host);
        let host = host.strip_suffix(']').unwrap_or(host);
        if !host.chars().all(|c| c.is_ascii_alphanumeric() || "-%._:".contains(c)) {
            return Err(malformed());
        }
        let port: u16 = port.parse().map_err(|_| malformed())?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => {
                return Err(ConfigException::invalid(
                    key,
                    text,
                    "Listener protocol must be either \"http\" or \"https\".",
                ));
            }
        };
        Ok(Self { scheme, host: host.to_owned(), port })
    }

    /// The host, if others can use it: not that of all interfaces.
    pub fn specific_host(&self) -> Option<&str> {
        Some(self.host.as_str()).filter(|host| !matches!(*host, "" | "0.0.0.0" | "::" | "*"))
    }
}

/// The machine's host name, or the loopback address if it has none that can be read.
pub fn machine_name() -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: the pointer and length are those of a live buffer, of which the last byte is kept back for the terminator.
    #[allow(unsafe_code)]
    let status = unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len() - 1) };
    let name = buffer.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(name) {
        Ok(name) if status == 0 && !name.is_empty() => name.to_owned(),
        _ => "127.0.0.1".to_owned(),
    }
}
