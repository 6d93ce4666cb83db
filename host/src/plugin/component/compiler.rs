//! Compiles components to code, in a process of its own that is killed when it needs too much: compilers are not made for input that
//! wants to exhaust them.
//!
//! The process is this executable as [`compile_worker`](super::compile_worker). It gets the component on its standard input and writes
//! the code to its standard output; nothing is written to disk before it is whole.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wasmtime::Engine;

/// The worker's key for the time that compiling one component may take.
pub const COMPILE_TIMEOUT: &str = "sandbox.compile.timeout.ms";
/// The worker's key for the memory of a process that compiles.
pub const COMPILE_MEMORY_MAX: &str = "sandbox.compile.memory.max.bytes";

/// The hidden subcommand that the process runs.
pub const SUBCOMMAND: &str = "compile-worker";

/// This executable, whatever became of its file: a child of another version would compile for another engine.
const THIS_EXECUTABLE: &str = "/proc/self/exe";

/// Threads of one compiling process; more bring little for one component and take address space each.
const MAX_THREADS: usize = 4;
/// How often a process that compiles is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Of what the process says on its standard error, the end.
const SAID_BYTES: usize = 2_000;

/// Where components are compiled.
#[derive(Clone, Copy, Debug, Default)]
pub enum Compiler {
    /// Here, for components that are trusted, and for executables that have no such subcommand.
    #[default]
    InProcess,
    InChild(CompileLimits),
}

/// What compiling one component may take.
#[derive(Clone, Copy, Debug)]
pub struct CompileLimits {
    pub timeout: Duration,
    /// Of address space.
    pub memory_max_bytes: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(120), memory_max_bytes: 2 << 30 }
    }
}

impl Compiler {
    /// The code of a component for `engine`, whose settings must be those of [`super::engine`]. An error is the reason why the
    /// component cannot be used. Takes seconds for a large one: call it where blocking is allowed.
    pub fn compile(&self, engine: &Engine, component: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            Self::InProcess => {
                engine.precompile_component(component).map_err(|error| format!("it does not compile: {error:#}"))
            }
            Self::InChild(limits) => limits.compile(component),
        }
    }
}

impl CompileLimits {
    /// Threads that compile.
    pub fn threads() -> usize {
        thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)
    }

    fn compile(&self, component: &[u8]) -> Result<Vec<u8>, String> {
        let unable = |error: std::io::Error| format!("it could not be compiled: {error}");
        let mut process = Process(self.command().spawn().map_err(unable)?);
        let Process(Child { stdin, stdout, stderr, .. }) = &mut process;
        let (Some(mut input), Some(output), Some(errors)) = (stdin.take(), stdout.take(), stderr.take()) else {
            return Err(unable(std::io::ErrorKind::BrokenPipe.into()));
        };
        let deadline = Instant::now() + self.timeout;
        // The process is moved in, so that it has ended, and its pipes with it, when its threads are waited for.
        let (status, code, said) = thread::scope(move |scope| {
            let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
            // What it does not read it does not compile, and says why.
            spawn("compile-input").spawn_scoped(scope, move || drop(input.write_all(component)))?;
            let code = spawn("compile-output").spawn_scoped(scope, move || read(output, self.memory_max_bytes))?;
            let said = spawn("compile-errors").spawn_scoped(scope, move || read(errors, self.memory_max_bytes))?;
            let status = process.wait_until(deadline)?;
            Ok((status, code.join().unwrap_or_default(), said.join().unwrap_or_default()))
        })
        .map_err(unable)?;
        match status {
            Some(status) if status.success() => Ok(code),
            Some(status) => Err(self.explain(status, &end_of(&said))),
            None => Err(self.too_slow()),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(THIS_EXECUTABLE);
        command
            .arg(SUBCOMMAND)
            .args(["--memory-max-bytes", &self.memory_max_bytes.to_string()])
            .args(["--timeout-ms", &self.timeout.as_millis().to_string()])
            // It needs nothing that the worker was told.
            .env_clear()
            .env("RAYON_NUM_THREADS", Self::threads().to_string())
            // Each arena reserves 64 MiB, which would count as memory.
            .env("MALLOC_ARENA_MAX", Self::threads().to_string())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn explain(&self, status: ExitStatus, said: &str) -> String {
        match status.signal() {
            None if status.code() == Some(1) => format!("it does not compile: {said}"),
            Some(libc::SIGXCPU) => self.too_slow(),
            _ if said.contains("memory allocation of") || said.contains("Cannot allocate memory") => {
                let max = self.memory_max_bytes;
                format!("compiling it needs more memory than {COMPILE_MEMORY_MAX}, which is {max}")
            }
            _ => format!("the compiler ended with {status}: {said}"),
        }
    }

    fn too_slow(&self) -> String {
        format!("compiling it takes longer than {COMPILE_TIMEOUT}, which is {}", self.timeout.as_millis())
    }
}

/// A child that does not outlive its owner.
struct Process(Child);

impl Process {
    /// None: it was still at work and was killed.
    fn wait_until(&mut self, deadline: Instant) -> std::io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                self.0.kill()?;
                self.0.wait()?;
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail if it has been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read(from: impl Read, max_bytes: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What was cut off by its end is told by its status.
    let _ = from.take(max_bytes).read_to_end(&mut bytes);
    bytes
}

fn end_of(said: &[u8]) -> String {
    let end = &said[said.len().saturating_sub(SAID_BYTES)..];
    String::from_utf8_lossy(end).trim().to_owned()
}
