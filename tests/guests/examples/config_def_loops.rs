//! A plugin that never says which keys it has.

mod describing;

describing::describing! { ConfigDefLoops, loop { std::hint::black_box(()); } }
