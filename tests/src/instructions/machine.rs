//! What figures depend on besides the code: another compiler makes other instructions, another processor or C library other choices.

use std::process::Command;

/// Everything that makes figures comparable, as the baseline names it.
pub fn name() -> String {
    format!("{}, {}, {}", compiler(), processor(), c_library())
}

/// The compiler that cargo has just used.
fn compiler() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    if version.is_empty() { "an unknown compiler".to_owned() } else { version.trim().to_owned() }
}

/// Libraries search and copy as the processor allows, and what plugins are compiled to depends on it.
fn processor() -> String {
    let account = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let fields = account.lines().filter_map(|line| line.split_once(':'));
        fields.into_iter().find_map(|(key, value)| (key.trim() == name).then(|| value.trim().to_owned()))
    };
    let model = ["model name", "cpu family", "model"].into_iter().filter_map(field).collect::<Vec<_>>().join("/");
    format!("{} {model}", std::env::consts::ARCH).trim_end().to_owned()
}

/// It allocates and copies.
fn c_library() -> String {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok().filter(|output| output.status.success());
    let version = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    if version.is_empty() { "another C library".to_owned() } else { version.trim().to_owned() }
}
