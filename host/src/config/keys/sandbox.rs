//! The keys of this worker that Java's has not: what plugins may touch and use, and how the worker logs.

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{NONE, is, key, limits, one_of};

pub const FS_READ: &str = "sandbox.fs.read";
pub const FS_WRITE: &str = "sandbox.fs.write";
pub const NET_CONNECT: &str = "sandbox.net.connect";
pub const NET_LISTEN: &str = "sandbox.net.listen";
pub const HTTP_TRUSTSTORE: &str = "sandbox.http.ssl.truststore.location";
pub const PLUGIN_MAX_BYTES: &str = "sandbox.plugin.max.bytes";
pub const COMPILE_TIMEOUT_MS: &str = "sandbox.compile.timeout.ms";
pub const COMPILE_MEMORY_MAX_BYTES: &str = "sandbox.compile.memory.max.bytes";
pub const READONLY_CACHE_DIR: &str = "sandbox.cache.readonly.dir";
pub const CACHE_DIR: &str = "sandbox.cache.dir";
pub const LOG_FORMAT: &str = "log.format";
pub const LOG_LEVEL: &str = "log.level";

pub fn keys() -> Vec<ConfigKey> {
    let mut keys = vec![
        key(
            FS_READ,
            T::List,
            is(""),
            I::High,
            "Files and directories, separated by commas, that connectors may read if their own configuration names a file there. \
             Relative ones start at the working directory. By default there are none. Since 0.1.0.",
        ),
        key(
            FS_WRITE,
            T::List,
            is(""),
            I::High,
            "Files and directories, separated by commas, that connectors may write if their own configuration names a file there. \
             Relative ones start at the working directory. By default there are none. Since 0.1.0.",
        ),
        key(
            NET_CONNECT,
            T::List,
            is(""),
            I::High,
            "Hosts, separated by commas, that connectors may connect to if their own configuration names them: a name, an address or a \
             network (10.0.0.0/8), each with :port or for all ports; *.example.com are the names under a domain, * is any host. Names \
             cover names and addresses cover addresses. Loopback, link-local, multicast and cloud metadata addresses must be \
             named as such, or as localhost. By default there are none. Since 0.1.0.",
        ),
        key(
            NET_LISTEN,
            T::List,
            is(""),
            I::Low,
            "Addresses with :port or for all ports, separated by commas, that connectors may listen on if their own configuration \
             names them; 0.0.0.0:9000 is port 9000 on all interfaces. By default there are none. Since 0.1.0.",
        ),
        key(
            HTTP_TRUSTSTORE,
            T::String,
            NONE,
            I::Medium,
            "A PEM file with the certificates that servers must come from whom connectors reach by https through the worker \
             (wasi:http). By default those of the system. Since 0.1.0.",
        )
        .check(Validator::NonEmpty),
        key(
            PLUGIN_MAX_BYTES,
            T::Long,
            is("134217728"),
            I::Low,
            "The largest file that is taken for a plugin, in bytes. Since 0.1.0.",
        )
        .check(Validator::Min(1.0)),
        key(
            CACHE_DIR,
            T::String,
            NONE,
            I::Low,
            "The directory that compiled plugins are kept in, which only the worker may write. By default wasm-connect in \
             $XDG_CACHE_HOME or ~/.cache. Since 0.1.0.",
        )
        .check(Validator::NonEmpty),
        key(
            READONLY_CACHE_DIR,
            T::String,
            NONE,
            I::Low,
            "A directory of compiled plugins that was filled by `wasm-connect plugins compile` when the machine's image was built. It \
             is looked at first, must belong to root or the worker's user, and may not be writable by others. Since 0.1.0.",
        )
        .check(Validator::NonEmpty),
        key(
            COMPILE_TIMEOUT_MS,
            T::Long,
            is("120000"),
            I::Low,
            "How long compiling one plugin may take, in milliseconds. One that takes longer cannot be used. Since 0.1.0.",
        )
        .check(Validator::Min(1.0)),
        key(
            COMPILE_MEMORY_MAX_BYTES,
            T::Long,
            is("2147483648"),
            I::Low,
            "The most memory that compiling one plugin may take, in bytes of address space. One that needs more cannot be used. Since \
             0.1.0.",
        )
        // The compiler itself needs some.
        .check(Validator::Min(268_435_456.0)),
        key(LOG_FORMAT, T::String, is("text"), I::Low, "How log lines look: text or json. Since 0.1.0.")
            .check(one_of(&["text", "json"])),
        key(
            LOG_LEVEL,
            T::String,
            is("info"),
            I::Low,
            "What is logged: error, warn, info, debug or trace, also by module, such as info,wasm_connect::rest=debug. Since 0.1.0.",
        )
        .check(Validator::NonEmpty),
    ];
    keys.extend(limits::keys());
    keys
}
