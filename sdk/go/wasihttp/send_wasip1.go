package wasihttp

import (
	"fmt"
	"net/url"
	"unsafe"

	"github.com/wasm-connect/wasm-connect/sdk/go/internal/abi"
)

//go:wasmimport wasi:http/types@0.2.12 [constructor]fields
func newFields() uint32

//go:wasmimport wasi:http/types@0.2.12 [method]fields.append
func fieldsAppend(self uint32, name, value string, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]fields.entries
func fieldsEntries(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]fields
func dropFields(self uint32)

//go:wasmimport wasi:http/types@0.2.12 [constructor]outgoing-request
func newOutgoingRequest(headers uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]outgoing-request
func dropOutgoingRequest(self uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-method
func setMethod(self, method uint32, other string) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-path-with-query
func setPathWithQuery(self, some uint32, path string) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-scheme
func setScheme(self, some, scheme uint32, other string) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.set-authority
func setAuthority(self, some uint32, authority string) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-request.body
func outgoingRequestBody(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]outgoing-body.write
func outgoingBodyWrite(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [static]outgoing-body.finish
func outgoingBodyFinish(body, some, trailers uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]outgoing-body
func dropOutgoingBody(self uint32)

//go:wasmimport wasi:http/types@0.2.12 [constructor]request-options
func newRequestOptions() uint32

//go:wasmimport wasi:http/types@0.2.12 [method]request-options.set-connect-timeout
func setConnectTimeout(self, some uint32, duration uint64) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]request-options.set-first-byte-timeout
func setFirstByteTimeout(self, some uint32, duration uint64) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]request-options.set-between-bytes-timeout
func setBetweenBytesTimeout(self, some uint32, duration uint64) uint32

//go:wasmimport wasi:http/outgoing-handler@0.2.12 handle
func handle(request, some, options uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.subscribe
func futureSubscribe(self uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]future-incoming-response.get
func futureGet(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]future-incoming-response
func dropFuture(self uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.status
func incomingResponseStatus(self uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.headers
func incomingResponseHeaders(self uint32) uint32

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-response.consume
func incomingResponseConsume(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-response
func dropIncomingResponse(self uint32)

//go:wasmimport wasi:http/types@0.2.12 [method]incoming-body.stream
func incomingBodyStream(self uint32, result unsafe.Pointer)

//go:wasmimport wasi:http/types@0.2.12 [resource-drop]incoming-body
func dropIncomingBody(self uint32)

//go:wasmimport wasi:io/streams@0.2.12 [method]input-stream.blocking-read
func blockingRead(self uint32, size uint64, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]input-stream
func dropInputStream(self uint32)

//go:wasmimport wasi:io/streams@0.2.12 [method]output-stream.blocking-write-and-flush
func blockingWriteAndFlush(self uint32, content unsafe.Pointer, size uint32, result unsafe.Pointer)

//go:wasmimport wasi:io/streams@0.2.12 [resource-drop]output-stream
func dropOutputStream(self uint32)

//go:wasmimport wasi:io/poll@0.2.12 [method]pollable.block
func pollableBlock(self uint32)

//go:wasmimport wasi:io/poll@0.2.12 [resource-drop]pollable
func dropPollable(self uint32)

//go:wasmimport wasi:io/error@0.2.12 [resource-drop]error
func dropError(self uint32)

const (
	some, nothing = 1, 0
	// What one write and one read may have.
	writeBytes, readBytes = 4096, 64 << 10
	// answerBytes is enough for every answer here.
	answerBytes = 64
)

// The cases of variants, in their order.
var (
	methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}
	schemes = []string{"http", "https"}
	codes   = []string{
		"DNS-timeout", "DNS-error", "destination-not-found", "destination-unavailable", "destination-IP-prohibited",
		"destination-IP-unroutable", "connection-refused", "connection-terminated", "connection-timeout",
		"connection-read-timeout", "connection-write-timeout", "connection-limit-reached", "TLS-protocol-error",
		"TLS-certificate-error", "TLS-alert-received", "HTTP-request-denied", "HTTP-request-length-required",
		"HTTP-request-body-size", "HTTP-request-method-invalid", "HTTP-request-URI-invalid", "HTTP-request-URI-too-long",
		"HTTP-request-header-section-size", "HTTP-request-header-size", "HTTP-request-trailer-section-size",
		"HTTP-request-trailer-size", "HTTP-response-incomplete", "HTTP-response-header-section-size",
		"HTTP-response-header-size", "HTTP-response-body-size", "HTTP-response-trailer-section-size",
		"HTTP-response-trailer-size", "HTTP-response-transfer-coding", "HTTP-response-content-coding",
		"HTTP-response-timeout", "HTTP-upgrade-failed", "HTTP-protocol-error", "loop-detected", "configuration-error",
		"internal-error",
	}
)

// caseOf is the position of a case, and its text if it is another one, which the last case holds.
func caseOf(cases []string, text string) (uint32, string) {
	for i, known := range cases {
		if known == text {
			return uint32(i), ""
		}
	}
	return uint32(len(cases)), text
}

// errorAt is the error-code that a field holds.
func errorAt(answer abi.View, at int) error {
	code := codes[min(int(answer.U8(at)), len(codes)-1)]
	failed := &Error{Code: code, Denied: code == "HTTP-request-denied" || code == "destination-IP-prohibited"}
	if code == "internal-error" && answer.U8(at+8) == some {
		failed.Code += ": " + answer.String(at+12)
	}
	return failed
}

var errRefused = fmt.Errorf("the worker does not take it")

// handleOf is what a result<handle> holds.
func handleOf(call func(result unsafe.Pointer)) (uint32, error) {
	answer := abi.NewArea(answerBytes)
	call(answer.Pointer())
	if abi.View(answer).U8(0) != 0 {
		return 0, errRefused
	}
	return abi.View(answer).U32(4), nil
}

func send(request *Request, where *url.URL) (*Response, error) {
	outgoing, err := build(request, where)
	if err != nil {
		return nil, err
	}
	body, err := handleOf(func(result unsafe.Pointer) { outgoingRequestBody(outgoing, result) })
	if err != nil {
		dropOutgoingRequest(outgoing)
		return nil, err
	}
	options := newRequestOptions()
	timeout := uint64(request.Timeout.Nanoseconds())
	setConnectTimeout(options, some, timeout)
	setFirstByteTimeout(options, some, timeout)
	setBetweenBytesTimeout(options, some, timeout)
	answer := abi.NewArea(answerBytes)
	abi.Answering(func() { handle(outgoing, some, options, answer.Pointer()) })
	if abi.View(answer).U8(0) != 0 {
		dropOutgoingBody(body)
		return nil, errorAt(abi.View(answer), 8)
	}
	future := abi.View(answer).U32(8)
	defer dropFuture(future)
	// What goes wrong with the body the answer tells better, if there is one: the server may have answered and closed.
	sent := write(body, request.Body)
	response, err := await(future)
	if err != nil {
		return nil, err
	}
	defer dropIncomingResponse(response)
	if status := incomingResponseStatus(response); sent != nil && status < 400 {
		return nil, sent
	}
	return receive(response, request)
}

// build is the request without its body.
func build(request *Request, where *url.URL) (uint32, error) {
	fields := newFields()
	for _, header := range request.Headers {
		answer := abi.NewArea(answerBytes)
		fieldsAppend(fields, header.Name, header.Value, answer.Pointer())
		if abi.View(answer).U8(0) != 0 {
			dropFields(fields)
			return 0, fmt.Errorf("the header %q cannot be set: %s", header.Name,
				[]string{"its syntax is invalid", "it is forbidden", "headers are immutable"}[abi.View(answer).U8(1)])
		}
	}
	outgoing := newOutgoingRequest(fields)
	method, otherMethod := caseOf(methods, request.Method)
	scheme, otherScheme := caseOf(schemes, where.Scheme)
	failed := setMethod(outgoing, method, otherMethod) + setScheme(outgoing, some, scheme, otherScheme) +
		setAuthority(outgoing, some, where.Host) + setPathWithQuery(outgoing, some, where.RequestURI())
	if failed != 0 {
		dropOutgoingRequest(outgoing)
		return 0, errRefused
	}
	return outgoing, nil
}

func write(body uint32, content []byte) error {
	stream, err := handleOf(func(result unsafe.Pointer) { outgoingBodyWrite(body, result) })
	if err != nil {
		dropOutgoingBody(body)
		return err
	}
	for len(content) > 0 && err == nil {
		chunk := content[:min(len(content), writeBytes)]
		content = content[len(chunk):]
		answer := abi.NewArea(answerBytes)
		blockingWriteAndFlush(stream, unsafe.Pointer(&chunk[0]), uint32(len(chunk)), answer.Pointer())
		err = streamError(abi.View(answer), "the request's body could not be sent")
	}
	dropOutputStream(stream)
	if err != nil {
		dropOutgoingBody(body)
		return err
	}
	answer := abi.NewArea(answerBytes)
	abi.Answering(func() { outgoingBodyFinish(body, nothing, 0, answer.Pointer()) })
	if abi.View(answer).U8(0) != 0 {
		return errorAt(abi.View(answer), 8)
	}
	return nil
}

// streamError is what a result<_, stream-error> holds.
func streamError(answer abi.View, what string) error {
	if answer.U8(0) == 0 {
		return nil
	}
	if answer.U8(4) == 0 {
		dropError(answer.U32(8))
	}
	return &Error{Code: what}
}

func await(future uint32) (uint32, error) {
	for {
		answer := abi.NewArea(answerBytes)
		abi.Answering(func() { futureGet(future, answer.Pointer()) })
		view := abi.View(answer)
		switch {
		case view.U8(0) == nothing:
			pollable := futureSubscribe(future)
			pollableBlock(pollable)
			dropPollable(pollable)
		case view.U8(8) != 0:
			return 0, errRefused
		case view.U8(16) != 0:
			return 0, errorAt(view, 24)
		default:
			return view.U32(24), nil
		}
	}
}

func receive(from uint32, request *Request) (*Response, error) {
	response := &Response{Status: int(incomingResponseStatus(from))}
	fields := incomingResponseHeaders(from)
	answer := abi.NewArea(answerBytes)
	abi.Answering(func() { fieldsEntries(fields, answer.Pointer()) })
	for entry := range abi.View(answer).List(0, 16) {
		response.Headers = append(response.Headers, Header{entry.String(0), entry.String(8)})
	}
	dropFields(fields)
	body, err := handleOf(func(result unsafe.Pointer) { incomingResponseConsume(from, result) })
	if err != nil {
		return nil, err
	}
	defer dropIncomingBody(body)
	stream, err := handleOf(func(result unsafe.Pointer) { incomingBodyStream(body, result) })
	if err != nil {
		return nil, err
	}
	defer dropInputStream(stream)
	for {
		answer := abi.NewArea(answerBytes)
		abi.Answering(func() { blockingRead(stream, readBytes, answer.Pointer()) })
		view := abi.View(answer)
		if view.U8(0) != 0 {
			// The end is an error of the kind closed.
			if view.U8(4) == 1 {
				return response, nil
			}
			return nil, streamError(view, "the answer ended before its end")
		}
		if response.Body = append(response.Body, abi.Bytes(view.U32(4), view.U32(8))...); len(response.Body) > request.MaxBodyBytes {
			return nil, tooLarge(request)
		}
	}
}
