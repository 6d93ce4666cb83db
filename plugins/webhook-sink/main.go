// Webhook-sink is a sink that sends records to an HTTP server.
package main

import (
	"net/url"
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
)

const documentation = `Sends records to a URL, some of them in a request.

A server that is busy or away (429, 5xx, no connection) is asked again, after what its Retry-After says; any other refusal is one of
the records, so errors.tolerance decides and the dead letter queue takes them. A request is answered before the next one is sent,
and only what was answered is committed; after a crash some are sent again, which the offsets in an envelope, or in the headers of a
request of one record, let the server see.`

// How records become a body.
const (
	formatRaw      = "raw"
	formatJSON     = "json"
	formatLines    = "lines"
	formatEnvelope = "envelope"
)

var configDef = connect.ConfigDef{
	{
		Name: "url", Type: connect.TypeString, Required: true, Importance: connect.ImportanceHigh, Width: connect.WidthLong,
		Grants: []connect.Grant{connect.Connect}, Doc: "Where requests go: http or https. The worker's sandbox.net.connect must cover it.",
	},
	{
		Name: "method", Type: connect.TypeString, Default: "POST", Doc: "The method of requests.",
		Validators: []connect.Validator{connect.OneOf("POST", "PUT", "PATCH")},
	},
	{
		Name: "format", Type: connect.TypeString, Default: formatJSON, Importance: connect.ImportanceHigh,
		Validators: []connect.Validator{connect.OneOf(formatRaw, formatJSON, formatLines, formatEnvelope)},
		Doc: "The body: json, a list of values; lines, a value a line; envelope, a list of objects with topic, partition, offset, " +
			"timestamp, key, headers and value; raw, the text or bytes of one value, with batch.size=1.",
	},
	{
		Name: "batch.size", Type: connect.TypeInt, Default: 100, Importance: connect.ImportanceHigh,
		Validators: []connect.Validator{connect.Min(1), connect.Max(10_000)}, Doc: "The most records of a request.",
	},
	{
		Name: "headers", Type: connect.TypeList, Default: "", Width: connect.WidthLong,
		Doc: "Headers of requests, such as X-Team: data, X-Env: prod. A Content-Type replaces the format's.",
	},
	{
		Name: "authorization", Type: connect.TypePassword, Width: connect.WidthLong,
		Doc: "The header Authorization, such as Bearer TOKEN.",
	},
	{
		Name: "timeout.ms", Type: connect.TypeInt, Default: 10_000, Importance: connect.ImportanceLow,
		Validators: []connect.Validator{connect.Min(1), connect.Max(600_000)},
		Doc:        "How long to wait for a connection, for an answer, and for each part of it.",
	},
}

func init() {
	sink.Export(sink.Class{
		Name: "wasmconnect.webhook.WebhookSinkConnector", TaskClass: "wasmconnect.webhook.WebhookSinkTask", Version: "0.1.0",
		Documentation: documentation,
		ConfigDef:     configDef,
		NewTask:       func() sink.Task { return &task{} },
		Validate:      validate,
	})
}

func main() {}

// validate says what depends on more than the type of one value.
func validate(config connect.Config) []connect.ConfigValue {
	var wrong []connect.ConfigValue
	refuse := func(name, why string) { wrong = append(wrong, connect.ConfigValue{Name: name, Errors: []string{why}}) }
	if text := config["url"]; text != "" {
		if where, err := url.Parse(text); err != nil || where.Scheme != "http" && where.Scheme != "https" || where.Host == "" {
			refuse("url", "Invalid value "+text+" for configuration url: it is no absolute URL of http or https")
		}
	}
	if _, err := parseHeaders(strings.Split(config["headers"], ",")); err != nil {
		refuse("headers", err.Error())
	}
	parsed, err := configDef.Parse(config)
	if err == nil && parsed.String("format") == formatRaw && parsed.Int("batch.size") != 1 {
		refuse("batch.size", "Invalid value "+connect.AsText(parsed.Int("batch.size"))+
			" for configuration batch.size: the format raw has one record in a request")
	}
	return wrong
}
