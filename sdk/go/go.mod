module github.com/wasm-connect/wasm-connect/sdk/go

go 1.26
