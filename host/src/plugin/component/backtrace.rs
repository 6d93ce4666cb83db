//! Where a guest was when it trapped, as the lines of a Java stack trace: names as the plugin's author wrote them, innermost first.

use wasmtime::WasmBacktrace;

/// Enough to see who called whom, without the whole main loop of a language runtime.
const MAX_FRAMES: usize = 16;

/// Rust's own way from a panic to the trap, which comes before the plugin's frames.
const PANICKING: &[&str] = &[
    "__rustc::",
    "rust_",
    "abort",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::handle_error",
    "core::panicking::",
    "std::alloc::rust_oom",
    "std::panicking::",
    "std::process::abort",
    "std::sys::",
];

/// A line for each frame, each with a line end before it.
pub fn lines(backtrace: &WasmBacktrace) -> String {
    render(&backtrace.to_string())
}

/// wasmtime demangles names in its text only, so the text is read: `0: 0x1234 - module!function` for a frame, and where the
/// component has line tables `at file:line:column` on a line of its own, then the same for what was inlined, after a `- `.
fn render(text: &str) -> String {
    let mut frames: Vec<String> = Vec::new();
    for line in text.lines().skip(1).map(str::trim) {
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => *frame = format!("{frame} ({place})"),
            _ => frames.push(without_hashes(line.split_once("- ").map_or(line, |(_, name)| name))),
        }
    }
    let is_panicking = |frame: &&String| {
        let function = frame.split_once('!').map_or(frame.as_str(), |(_, function)| function);
        PANICKING.iter().any(|prefix| function.starts_with(prefix))
    };
    let own = match frames.iter().take_while(is_panicking).count() {
        all if all == frames.len() => &frames[..],
        panicking => &frames[panicking..],
    };
    let mut lines: String = own.iter().take(MAX_FRAMES).map(|frame| format!("\n\tat {frame}")).collect();
    if own.len() > MAX_FRAMES {
        lines += &format!("\n\t... {} more", own.len() - MAX_FRAMES);
    }
    lines
}

/// Rust's compiler tells crates and functions of the same name apart by a number that nobody else knows.
fn without_hashes(name: &str) -> String {
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = match name.rsplit_once("::h") {
        Some((name, hash)) if is_hash(hash) => name,
        _ => name,
    };
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        plain += before;
        match after.split_once(']') {
            Some((hash, after)) if is_hash(hash) => rest = after,
            _ => {
                plain.push('[');
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_from_the_plugins_own_frame_on() {
        let text = "error while executing at wasm backtrace:\n    0:  0x26de1 - p.wasm!std[d123b7a1a2ed1472]::process::abort\n    1:  \
                    0x26d00 - p.wasm!__rustc[b7974e8690430dd9]::rust_panic\n    2:   0x1a2b - p.wasm!<p::Task as \
                    sdk::SourceTask>::poll::h95c92db3a889bbf6\n    3:   0x1a00 - p.wasm!p::call::<[u8; 4]>";
        assert_eq!(render(text), "\n\tat p.wasm!<p::Task as sdk::SourceTask>::poll\n\tat p.wasm!p::call::<[u8; 4]>");
    }

    #[test]
    fn line_tables_tell_files_and_what_was_inlined() {
        let text = "error while executing at wasm backtrace:\n    0:   0x1a2b - p::inner\n                    at src/lib.rs:7:9\n                \
                    - p::outer\n                    at src/lib.rs:3:1";
        assert_eq!(render(text), "\n\tat p::inner (src/lib.rs:7:9)\n\tat p::outer (src/lib.rs:3:1)");
    }

    #[test]
    fn a_deep_stack_is_cut_and_one_of_nothing_but_panicking_is_not_empty() {
        let text: String = (0..20).map(|i| format!("\n{i:>5}: {i:#8x} - f{i}")).collect();
        let lines = render(&text);
        assert!(lines.starts_with("\n\tat f0\n\tat f1\n") && lines.ends_with("\n\tat f15\n\t... 4 more"), "{lines}");
        assert_eq!(render("error\n    0: 0x1 - std::process::abort"), "\n\tat std::process::abort");
    }
}
