//! From the exports of a component to its classes. An instance is one connector, task or stage: the first successful `start` decides.

mod plugin;
mod sink;
mod source;
mod stage;

use std::cell::RefCell;
use std::marker::PhantomData;
use std::time::Duration;

use crate::connector::RunningConnector;
use crate::converter::RunningConverter;
use crate::plugins::{Identity, Plugins};
use crate::stage::{RunningPredicate, RunningTransformation};
use crate::{Config, Error, Records, Result, SinkTask, SourceTask};

/// What [`crate::export!`] exports: all the interfaces, for the classes of `P`.
pub struct Component<P>(PhantomData<P>);

/// What this instance was started as.
#[derive(Default)]
enum Role {
    #[default]
    None,
    Connector(Box<dyn RunningConnector>),
    SourceTask(Box<dyn SourceTask>, Box<Records>),
    SinkTask(Box<dyn SinkTask>),
    Transformation(Box<dyn RunningTransformation>),
    Predicate(Box<dyn RunningPredicate>),
    Converter(Box<dyn RunningConverter>),
}

thread_local! {
    static ROLE: RefCell<Role> = RefCell::default();
}

impl Role {
    fn noun(&self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Connector(_) => "a connector",
            Self::SourceTask(..) => "a source task",
            Self::SinkTask(_) => "a sink task",
            Self::Transformation(_) => "a transformation",
            Self::Predicate(_) => "a predicate",
            Self::Converter(_) => "a converter",
        }
    }
}

/// Starts this instance as what `role` makes.
fn start(role: impl FnOnce() -> Result<Role>) -> Result<()> {
    ROLE.with_borrow(|now| match now {
        Role::None => Ok(()),
        other => Err(Error::fatal(format_args!("start: this instance is {} already", other.noun()))),
    })?;
    // Not borrowed here: a plugin may panic in its start, but never meets itself.
    let role = role()?;
    ROLE.set(role);
    Ok(())
}

fn not_started(call: &str, wanted: &str, role: &Role) -> Error {
    Error::fatal(format_args!("{call}: this instance was started as {}, not as {wanted}", role.noun()))
}

fn with_connector<T>(call: &str, f: impl FnOnce(&mut dyn RunningConnector) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::Connector(connector) => f(connector.as_mut()),
        other => Err(not_started(call, "a connector", other)),
    })
}

fn with_source_task<T>(call: &str, f: impl FnOnce(&mut dyn SourceTask, &mut Records) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::SourceTask(task, records) => f(task.as_mut(), records),
        other => Err(not_started(call, "a source task", other)),
    })
}

fn with_sink_task<T>(call: &str, f: impl FnOnce(&mut dyn SinkTask) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::SinkTask(task) => f(task.as_mut()),
        other => Err(not_started(call, "a sink task", other)),
    })
}

fn with_transformation<T>(call: &str, f: impl FnOnce(&mut dyn RunningTransformation) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::Transformation(transformation) => f(transformation.as_mut()),
        other => Err(not_started(call, "a transformation", other)),
    })
}

fn with_predicate<T>(call: &str, f: impl FnOnce(&mut dyn RunningPredicate) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::Predicate(predicate) => f(predicate.as_mut()),
        other => Err(not_started(call, "a predicate", other)),
    })
}

fn with_converter<T>(call: &str, f: impl FnOnce(&mut dyn RunningConverter) -> Result<T>) -> Result<T> {
    ROLE.with_borrow_mut(|role| match role {
        Role::Converter(converter) => f(converter.as_mut()),
        other => Err(not_started(call, "a converter", other)),
    })
}

/// Stops what there is, and drops it. Nothing to stop is no error: the start may have failed.
fn stop() {
    match ROLE.take() {
        Role::None => {}
        Role::Connector(mut connector) => connector.stop(),
        Role::SourceTask(mut task, _) => task.stop(),
        Role::SinkTask(mut task) => task.stop(),
        Role::Transformation(mut transformation) => transformation.close(),
        Role::Predicate(mut predicate) => predicate.close(),
        Role::Converter(_) => {}
    }
}

/// The entry of `class`, with an error that says which there are.
fn find<'c, C>(classes: &'c [C], identity: impl Fn(&C) -> &Identity, class: &str) -> Result<&'c C> {
    classes.iter().find(|entry| identity(entry).class == class).ok_or_else(|| {
        let known: Vec<&str> = classes.iter().map(|entry| identity(entry).class).collect();
        Error::config(format_args!("this component has no such class {class}; it has {}", known.join(", ")))
    })
}

// === what connectors of both kinds answer alike

type Entries = Vec<(String, String)>;

fn task_configs(max_tasks: u32) -> Result<Vec<Entries>> {
    let configs = with_connector("task-configs", |connector| connector.task_configs(max_tasks as usize))?;
    Ok(configs.into_iter().map(Config::into).collect())
}

fn monitor() -> Result<Option<u32>> {
    let next = with_connector("monitor", |connector| connector.monitor())?;
    Ok(next.map(milliseconds))
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// All classes of a component.
fn identities<P: Plugins>() -> impl Iterator<Item = &'static Identity> {
    let sources = P::SOURCES.iter().map(|class| &class.identity);
    let sinks = P::SINKS.iter().map(|class| &class.identity);
    let transformations = P::TRANSFORMATIONS.iter().map(|class| &class.identity);
    let predicates = P::PREDICATES.iter().map(|class| &class.identity);
    let converters = P::CONVERTERS.iter().map(|class| &class.identity);
    let header_converters = P::HEADER_CONVERTERS.iter().map(|class| &class.identity);
    sources.chain(sinks).chain(transformations).chain(predicates).chain(converters).chain(header_converters)
}
