//! The table of the API: each resource with its path and what can be done with it. Requests are routed by it, and
//! `GET /openapi.json` is made from it.

use super::route::{Route, Verb, task_id};

/// A resource.
pub(super) struct Resource {
    /// Segments in braces stand for names, percent-encoded.
    pub path: &'static str,
    /// Of the decoded names; none: there is no such resource after all.
    pub route: fn(&[&str]) -> Option<Route>,
    pub operations: &'static [Operation],
}

/// A method of a resource.
pub(super) struct Operation {
    pub verb: Verb,
    /// One sentence for who looks for it; [`INTERNAL`]: nobody should.
    pub summary: &'static str,
    pub query: &'static [Parameter],
    /// The schema of the body; none: it has no body.
    pub body: Option<&'static str>,
    /// The answer to a request that succeeds.
    pub answer: Answer,
    /// Those that come in its place at times.
    pub other_answers: &'static [Answer],
    /// Status of each answer to a request that does not, besides those that any request can get.
    pub errors: &'static [u16],
}

/// The summary of what only workers ask each other.
const INTERNAL: &str = "";

impl Operation {
    /// Whether only other workers ask it.
    pub(super) fn is_internal(&self) -> bool {
        self.summary == INTERNAL
    }
}

/// A status and the schema of the body; none: no body.
pub(super) type Answer = (u16, Option<&'static str>);

/// A parameter of a query.
pub(super) struct Parameter {
    pub name: &'static str,
    pub kind: ParameterKind,
    pub summary: &'static str,
}

/// What a parameter of a query may be.
pub(super) enum ParameterKind {
    /// With what it is when it is not given.
    Flag(bool),
    Text,
    /// One of these; `repeated`: several times.
    Choice {
        values: &'static [&'static str],
        repeated: bool,
    },
}

impl Resource {
    /// The resource at these decoded segments of a path, and its names.
    pub(super) fn find(segments: &[&str]) -> Option<(&'static Self, Route)> {
        RESOURCES.iter().find_map(|resource| {
            let names = resource.names(segments)?;
            Some((resource, (resource.route)(&names)?))
        })
    }

    /// The segments of the path; without any for the root.
    pub(super) fn segments(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter(|segment| !segment.is_empty())
    }

    /// Whether it goes with the admin endpoints (`admin.listeners`).
    pub(super) fn is_admin(&self) -> bool {
        self.path.starts_with("/admin/")
    }

    /// Whether Java declares the resource to take JSON only, so that another `Content-Type` is refused even without a body.
    pub(super) fn consumes_json(&self) -> bool {
        !matches!(self.path, "/" | "/health" | "/openapi.json")
    }

    fn names<'a>(&self, segments: &[&'a str]) -> Option<Vec<&'a str>> {
        let mut names = Vec::new();
        let mut given = segments.iter();
        for expected in self.segments() {
            let segment = *given.next()?;
            if expected.starts_with('{') {
                names.push(Some(segment).filter(|name| !name.is_empty())?);
            } else if expected != segment {
                return None;
            }
        }
        given.next().is_none().then_some(names)
    }
}

// === the table

const fn get(summary: &'static str, schema: &'static str, errors: &'static [u16]) -> Operation {
    Operation {
        verb: Verb::Get,
        summary,
        query: &[],
        body: None,
        answer: (200, Some(schema)),
        other_answers: &[],
        errors,
    }
}

const fn put(summary: &'static str, answer: Answer, errors: &'static [u16]) -> Operation {
    Operation { verb: Verb::Put, summary, query: &[], body: None, answer, other_answers: &[], errors }
}

fn owned(names: &[&str]) -> Option<String> {
    names.first().map(|name| (*name).to_owned())
}

const DONE: Answer = (204, None);
const ACCEPTED: Answer = (202, None);
const MESSAGE: Answer = (200, Some("Message"));

/// All resources.
pub(super) const RESOURCES: &[Resource] = &[
    Resource {
        path: "/",
        route: |_| Some(Route::Root),
        operations: &[get("The Connect version that is spoken, and the Kafka cluster.", "ServerInfo", &[503])],
    },
    Resource {
        path: "/health",
        route: |_| Some(Route::Health),
        operations: &[Operation {
            verb: Verb::Get,
            summary: "How the worker is.",
            query: &[],
            body: None,
            answer: (200, Some("WorkerStatus")),
            other_answers: &[(503, Some("WorkerStatus")), (500, Some("WorkerStatus"))],
            errors: &[],
        }],
    },
    Resource {
        path: "/openapi.json",
        route: |_| Some(Route::OpenApi),
        operations: &[get("This description of the API.", "Any", &[])],
    },
    Resource {
        path: "/connectors",
        route: |_| Some(Route::Connectors),
        operations: &[
            Operation {
                verb: Verb::Get,
                summary: "The connectors' names; with expand, an object for each.",
                query: &[Parameter {
                    name: "expand",
                    kind: ParameterKind::Choice { values: &["status", "info"], repeated: true },
                    summary: "What to say of each connector.",
                }],
                body: None,
                answer: (200, Some("Connectors")),
                other_answers: &[],
                errors: &[],
            },
            Operation {
                verb: Verb::Post,
                summary: "Creates a connector.",
                query: &[],
                body: Some("CreateConnectorRequest"),
                answer: (201, Some("ConnectorInfo")),
                other_answers: &[],
                errors: &[409],
            },
        ],
    },
    Resource {
        path: "/connectors/{connector}",
        route: |names| owned(names).map(Route::Connector),
        operations: &[
            get("A connector with its configuration and tasks.", "ConnectorInfo", &[404]),
            Operation {
                verb: Verb::Delete,
                summary: "Stops and forgets a connector; its offsets stay.",
                query: &[],
                body: None,
                answer: DONE,
                other_answers: &[],
                errors: &[404],
            },
        ],
    },
    Resource {
        path: "/connectors/{connector}/config",
        route: |names| owned(names).map(Route::ConnectorConfig),
        operations: &[
            get("A connector's configuration.", "Config", &[404]),
            Operation {
                verb: Verb::Put,
                summary: "Creates or reconfigures a connector.",
                query: &[],
                body: Some("Config"),
                answer: (200, Some("ConnectorInfo")),
                other_answers: &[(201, Some("ConnectorInfo"))],
                errors: &[],
            },
            Operation {
                verb: Verb::Patch,
                summary: "Changes some keys of a connector's configuration; a null removes its key.",
                query: &[],
                body: Some("ConfigPatch"),
                answer: (200, Some("ConnectorInfo")),
                other_answers: &[],
                errors: &[404],
            },
        ],
    },
    Resource {
        path: "/connectors/{connector}/status",
        route: |names| owned(names).map(Route::ConnectorStatus),
        operations: &[get("What a connector and its tasks are doing.", "ConnectorStateInfo", &[404])],
    },
    Resource {
        path: "/connectors/{connector}/pause",
        route: |names| owned(names).map(Route::ConnectorPause),
        operations: &[put("Pauses a connector and its tasks, in a while.", ACCEPTED, &[404])],
    },
    Resource {
        path: "/connectors/{connector}/resume",
        route: |names| owned(names).map(Route::ConnectorResume),
        operations: &[put("Resumes a paused or stopped connector, in a while.", ACCEPTED, &[404])],
    },
    Resource {
        path: "/connectors/{connector}/stop",
        route: |names| owned(names).map(Route::ConnectorStop),
        operations: &[put("Stops a connector and its tasks; it keeps its configuration and offsets.", DONE, &[404])],
    },
    Resource {
        path: "/connectors/{connector}/restart",
        route: |names| owned(names).map(Route::ConnectorRestart),
        operations: &[Operation {
            verb: Verb::Post,
            summary: "Restarts a connector, or what the query covers of it and its tasks.",
            query: &[
                Parameter {
                    name: "includeTasks",
                    kind: ParameterKind::Flag(false),
                    summary: "Restart the tasks as well.",
                },
                Parameter {
                    name: "onlyFailed",
                    kind: ParameterKind::Flag(false),
                    summary: "Restart only what has failed.",
                },
            ],
            body: None,
            answer: (204, None),
            other_answers: &[(202, Some("ConnectorStateInfo"))],
            errors: &[404],
        }],
    },
    Resource {
        path: "/connectors/{connector}/topics",
        route: |names| owned(names).map(Route::ConnectorTopics),
        operations: &[get("The topics that a connector has used.", "ActiveTopics", &[403])],
    },
    Resource {
        path: "/connectors/{connector}/topics/reset",
        route: |names| owned(names).map(Route::ConnectorTopicsReset),
        operations: &[put("Forgets which topics a connector has used.", ACCEPTED, &[403])],
    },
    Resource {
        path: "/connectors/{connector}/offsets",
        route: |names| owned(names).map(Route::ConnectorOffsets),
        operations: &[
            get("How far a connector has come.", "ConnectorOffsets", &[404]),
            Operation {
                verb: Verb::Patch,
                summary: "Sets some offsets of a stopped connector; a null offset is forgotten.",
                query: &[],
                body: Some("ConnectorOffsets"),
                answer: MESSAGE,
                other_answers: &[],
                // The plugin, Kafka or the disk may refuse.
                errors: &[404, 500],
            },
            Operation {
                verb: Verb::Delete,
                summary: "Forgets all offsets of a stopped connector.",
                query: &[],
                body: None,
                answer: MESSAGE,
                other_answers: &[],
                // The plugin, Kafka or the disk may refuse.
                errors: &[404, 500],
            },
        ],
    },
    Resource {
        path: "/connectors/{connector}/tasks",
        route: |names| owned(names).map(Route::ConnectorTasks),
        operations: &[
            get("A connector's tasks with their configurations.", "TaskInfo[]", &[404]),
            Operation { verb: Verb::Post, ..put(INTERNAL, DONE, &[]) },
        ],
    },
    Resource {
        path: "/connectors/{connector}/fence",
        route: |names| owned(names).map(Route::ConnectorFence),
        operations: &[put(INTERNAL, DONE, &[])],
    },
    Resource {
        path: "/connectors/{connector}/tasks/{task}/status",
        route: |names| task_id(names).map(Route::TaskStatus),
        operations: &[get("What a task is doing.", "TaskState", &[404])],
    },
    Resource {
        path: "/connectors/{connector}/tasks/{task}/restart",
        route: |names| task_id(names).map(Route::TaskRestart),
        operations: &[Operation {
            verb: Verb::Post,
            summary: "Restarts a task.",
            query: &[],
            body: None,
            answer: DONE,
            other_answers: &[],
            errors: &[404],
        }],
    },
    Resource {
        path: "/connector-plugins",
        route: |_| Some(Route::ConnectorPlugins),
        operations: &[Operation {
            query: &[Parameter {
                name: "connectorsOnly",
                kind: ParameterKind::Flag(true),
                summary: "No converters, transformations and predicates.",
            }],
            ..get("The plugins that can be used.", "PluginInfo[]", &[])
        }],
    },
    Resource {
        path: "/connector-plugins/{plugin}/config",
        route: |names| owned(names).map(Route::PluginConfig),
        operations: &[Operation {
            query: &[Parameter {
                name: "version",
                kind: ParameterKind::Text,
                summary: "A version, a range in Maven's notation, or latest.",
            }],
            ..get("What can be configured of a plugin.", "ConfigKeyInfo[]", &[404])
        }],
    },
    Resource {
        path: "/connector-plugins/{plugin}/config/validate",
        route: |names| owned(names).map(Route::PluginConfigValidate),
        operations: &[Operation {
            body: Some("ConfigPatch"),
            ..put("What is right and wrong with a configuration.", (200, Some("ConfigInfos")), &[])
        }],
    },
    Resource {
        path: "/admin/loggers",
        route: |_| Some(Route::Loggers),
        operations: &[get("The loggers with a level of their own.", "LoggerLevel{}", &[])],
    },
    Resource {
        path: "/admin/loggers/{logger}",
        route: |names| owned(names).map(Route::Logger),
        operations: &[
            get("The level of a logger.", "LoggerLevel", &[404]),
            Operation {
                query: &[Parameter {
                    name: "scope",
                    kind: ParameterKind::Choice { values: &["worker", "cluster"], repeated: false },
                    summary: "Which workers to change; worker unless given.",
                }],
                body: Some("SetLevelRequest"),
                other_answers: &[(204, None)],
                ..put("Sets the level of a logger and of those below it.", (200, Some("Loggers")), &[404])
            },
        ],
    },
];
