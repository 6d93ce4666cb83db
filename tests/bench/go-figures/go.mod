module github.com/wasm-connect/wasm-connect/tests/bench/go-figures

go 1.26

require github.com/wasm-connect/wasm-connect/sdk/go v0.1.0

replace github.com/wasm-connect/wasm-connect/sdk/go => ../../../sdk/go
