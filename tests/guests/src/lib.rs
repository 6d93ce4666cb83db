//! Plugins that misbehave, and plugins that use one feature each, for the tests of the worker. README.md lists them.

mod connectors;
mod directory_watcher;
mod failing_sources;
mod journal;
mod nosy_reader;
mod offset_objector;
mod particular;
mod sinks;
mod slow_sources;
mod sources;

use connectors::{SinkOf, SourceOf};
use directory_watcher::DirectoryWatcher;
use failing_sources::{EatMemory, FailingPoll, LoopForever, MalformedBatch, PanicWithMessage, TrapInPoll, TrapInStart};
use nosy_reader::NosyReader;
use offset_objector::OffsetObjector;
use particular::Particular;
use sinks::{
    Errant, OffsetKeeper, PartitionPauser, PreCommitNone, RequestCommitter, RetriablePut, Rewinder, SlowPut, TrapInPut,
};
use slow_sources::{SleepForever, SlowStop};
use sources::{AckRecorder, BigRecord, KeyedSource};

wasm_connect_sdk::export! {
    sources: [
        SourceOf<AckRecorder>,
        SourceOf<BigRecord>,
        DirectoryWatcher,
        SourceOf<EatMemory>,
        SourceOf<FailingPoll>,
        SourceOf<KeyedSource>,
        SourceOf<LoopForever>,
        SourceOf<MalformedBatch>,
        SourceOf<NosyReader>,
        SourceOf<OffsetObjector>,
        SourceOf<PanicWithMessage>,
        Particular,
        SourceOf<SleepForever>,
        SourceOf<SlowStop>,
        SourceOf<TrapInPoll>,
        SourceOf<TrapInStart>,
    ],
    sinks: [
        SinkOf<Errant>,
        SinkOf<OffsetKeeper>,
        SinkOf<PartitionPauser>,
        SinkOf<PreCommitNone>,
        SinkOf<RequestCommitter>,
        SinkOf<RetriablePut>,
        SinkOf<Rewinder>,
        SinkOf<SlowPut>,
        SinkOf<TrapInPut>,
    ],
}
