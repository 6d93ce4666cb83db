//! Plugins that misbehave, and plugins that use one feature each, for the tests of the worker. README.md lists them.

mod acts;
mod attempts;
mod burner;
mod connectors;
mod dialers;
mod directory_watcher;
mod failing_sources;
mod figures;
mod http_client;
mod journal;
mod leaky;
mod malformed_batch;
mod misbehavers;
mod nosy_reader;
mod offset_objector;
mod particular;
mod passwd_reader;
mod sinks;
mod slow_sources;
mod sources;
mod stages;
mod version_dependent;

use attempts::Attempting;
use burner::Burner;
use connectors::{SinkOf, SourceOf};
use dialers::{Binder, Listener, RawDialer, TcpDialer, UdpSender};
use directory_watcher::DirectoryWatcher;
use failing_sources::{EatMemory, FailingPoll, LoopForever, PanicWithMessage, TrapInPoll, TrapInStart};
use figures::{FiguresSink, FiguresSource};
use http_client::HttpClient;
use leaky::{LeakySink, LeakySource};
use malformed_batch::MalformedBatch;
use misbehavers::{MisbehavingSink, MisbehavingSource};
use nosy_reader::NosyReader;
use offset_objector::OffsetObjector;
use particular::Particular;
use passwd_reader::PasswdReader;
use sinks::{
    Errant, OffsetKeeper, PartitionPauser, PreCommitNone, RequestCommitter, RetriablePut, Rewinder, SlowPut, TrapInPut,
    TrapOnRecord, WholeRecords,
};
use slow_sources::{SleepForever, SlowStop};
use sources::{AckRecorder, BigRecord, KeyedSource};
use stages::{Bracketed, Hoist, IsText, Obedient};
use version_dependent::VersionDependent;

wasm_connect_sdk::export! {
    sources: [
        SourceOf<AckRecorder>,
        SourceOf<BigRecord>,
        SourceOf<Attempting<Binder>>,
        SourceOf<Burner>,
        DirectoryWatcher,
        SourceOf<EatMemory>,
        SourceOf<FailingPoll>,
        SourceOf<FiguresSource>,
        SourceOf<Attempting<HttpClient>>,
        SourceOf<KeyedSource>,
        SourceOf<LeakySource>,
        SourceOf<Attempting<Listener>>,
        SourceOf<LoopForever>,
        SourceOf<MalformedBatch>,
        MisbehavingSource,
        SourceOf<NosyReader>,
        SourceOf<OffsetObjector>,
        SourceOf<PanicWithMessage>,
        Particular,
        SourceOf<Attempting<PasswdReader>>,
        SourceOf<Attempting<RawDialer>>,
        SourceOf<SleepForever>,
        SourceOf<SlowStop>,
        SourceOf<Attempting<TcpDialer>>,
        SourceOf<TrapInPoll>,
        SourceOf<TrapInStart>,
        SourceOf<Attempting<UdpSender>>,
        VersionDependent,
    ],
    sinks: [
        SinkOf<Errant>,
        SinkOf<FiguresSink>,
        SinkOf<LeakySink>,
        MisbehavingSink,
        SinkOf<OffsetKeeper>,
        SinkOf<PartitionPauser>,
        SinkOf<PreCommitNone>,
        SinkOf<RequestCommitter>,
        SinkOf<RetriablePut>,
        SinkOf<Rewinder>,
        SinkOf<SlowPut>,
        SinkOf<TrapInPut>,
        SinkOf<TrapOnRecord>,
        SinkOf<WholeRecords>,
    ],
    transformations: [Hoist, Obedient],
    predicates: [IsText],
    converters: [Bracketed],
}
