//! Request scripts: data files that read like the transcript of a session; `tests/conformance/README.md` has the grammar.

use std::path::Path;

/// A script: a session with a worker that has no connectors, topics or groups when it begins.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file's name without its end.
    pub name: String,
    pub steps: Vec<Step>,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request, whose answer is compared.
    Request(Request),
    /// `wait NAME STATE [TASK_STATE ...]`: until the connector and exactly these tasks have these states.
    WaitStates { name: String, states: Vec<String> },
    /// `wait /PATH TEXT`: until what GET answers contains the text.
    WaitText { path: String, text: String },
    /// `file NAME LINE`: appends a line to a file in the script's directory.
    File { name: String, line: String },
    /// `topic NAME PARTITIONS`: creates a topic.
    Topic { name: String, partitions: i32 },
    /// `records TOPIC COUNT`: waits for so many records in the topic; all that are in it then are compared.
    Records { topic: String, count: usize },
    /// `lines NAME COUNT`: waits for so many lines in a file in the script's directory; all that are in it then are compared.
    Lines { name: String, count: usize },
}

/// A request as the script has it, with its placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// What identifies the request in its script: method, path, headers and body, and which one it is of several equal ones.
    pub label: String,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

// === impl Script

impl Script {
    /// All scripts of a directory, by name.
    ///
    /// # Panics
    /// If one cannot be read or has a line that is not understood.
    pub fn all(directory: &Path) -> Vec<Self> {
        let entries =
            std::fs::read_dir(directory).unwrap_or_else(|error| panic!("scripts in {}: {error}", directory.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("a script's entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "http"));
        files.sort();
        let scripts = files.iter().map(|path| {
            let name = path.file_stem().expect("a script has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Self::parse(&name, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        scripts.collect()
    }

    /// Reads a script; an error names the line.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with(' ') {
                let Some(Step::Request(request)) = steps.last_mut() else {
                    return Err(format!("line {}: an indented line belongs to a request", index + 1));
                };
                request.extend(line.trim());
            } else {
                steps.push(Step::parse(line).ok_or_else(|| format!("line {}: not understood: {line}", index + 1))?);
            }
        }
        label(&mut steps);
        Ok(Self { name: name.to_owned(), steps })
    }

    /// The requests, in order.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.steps.iter().filter_map(|step| if let Step::Request(request) = step { Some(request) } else { None })
    }
}

/// Tells equal requests apart.
fn label(steps: &mut [Step]) {
    let mut seen: Vec<String> = Vec::new();
    for step in steps {
        let Step::Request(request) = step else { continue };
        let mut label = format!("{} {}", request.method, request.path);
        for (name, value) in &request.headers {
            label.push_str(&format!(" [{name}: {value}]"));
        }
        if let Some(body) = &request.body {
            label.push(' ');
            label.push_str(&body.replace('\n', " "));
        }
        let earlier = seen.iter().filter(|other| **other == label).count();
        seen.push(label.clone());
        request.label = if earlier == 0 { label } else { format!("{label} #{}", earlier + 1) };
    }
}

// === impl Step

impl Step {
    fn parse(line: &str) -> Option<Self> {
        let (verb, rest) = line.split_once(' ')?;
        let step = match verb {
            "wait" if rest.starts_with('/') => {
                let (path, text) = rest.split_once(' ')?;
                Self::WaitText { path: path.to_owned(), text: text.to_owned() }
            }
            "wait" => {
                let mut words = rest.split(' ').map(str::to_owned);
                Self::WaitStates { name: words.next()?, states: words.collect() }
            }
            "file" => {
                let (name, line) = rest.split_once(' ')?;
                Self::File { name: name.to_owned(), line: line.to_owned() }
            }
            "topic" => {
                let (name, partitions) = rest.split_once(' ')?;
                Self::Topic { name: name.to_owned(), partitions: partitions.parse().ok()? }
            }
            "records" => {
                let (topic, count) = rest.split_once(' ')?;
                Self::Records { topic: topic.to_owned(), count: count.parse().ok()? }
            }
            "lines" => {
                let (name, count) = rest.split_once(' ')?;
                Self::Lines { name: name.to_owned(), count: count.parse().ok()? }
            }
            method if method.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                let (path, body) =
                    rest.split_once(' ').map_or((rest, None), |(path, body)| (path, Some(body.to_owned())));
                let (method, path) = (method.to_owned(), path.to_owned());
                Self::Request(Request { method, path, body, ..Request::default() })
            }
            _ => return None,
        };
        Some(step)
    }
}

// === impl Request

impl Request {
    /// An indented line: a header, or more of the body.
    fn extend(&mut self, line: &str) {
        if let Some((name, value)) = line.split_once(": ")
            && name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        {
            self.headers.push((name.to_owned(), value.to_owned()));
            return;
        }
        match &mut self.body {
            Some(body) => {
                body.push('\n');
                body.push_str(line);
            }
            None => self.body = Some(line.to_owned()),
        }
    }
}
