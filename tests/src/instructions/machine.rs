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

/// Libraries search and copy with AVX2 where it is there; what is newer, the child is told not to use.
fn processor() -> String {
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("avx2") {
        return "x86_64 without AVX2".to_owned();
    }
    std::env::consts::ARCH.to_owned()
}

/// It allocates and copies.
fn c_library() -> String {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok().filter(|output| output.status.success());
    let version = output.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    if version.is_empty() { "another C library".to_owned() } else { version.trim().to_owned() }
}
