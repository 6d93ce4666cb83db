// Package wasihttp sends HTTP requests: in a component by wasi:http, whose TLS the worker does, anywhere else by net/http, so that
// plugins are tested with net/http/httptest. (A component that uses net/http itself could not connect, and would be three times the
// size.)
//
// A request may go where the connector's configuration grants a connection: give the key of the URL the grant connect.Connect.
// Redirects are not followed.
package wasihttp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Header is one header; names may repeat.
type Header struct{ Name, Value string }

// Request is what is asked.
type Request struct {
	// Method such as GET or POST.
	Method string
	// URL, absolute, of http or https.
	URL     string
	Headers []Header
	Body    []byte
	// Timeout bounds connecting, and the wait for the first byte of the answer and for each next one; 0: 30 seconds.
	Timeout time.Duration
	// MaxBodyBytes bounds the answer's body; 0: 16 MiB.
	MaxBodyBytes int
}

// Response is what is answered.
type Response struct {
	Status  int
	Headers []Header
	Body    []byte
}

// Header is the value of the first header of that name, empty if there is none.
func (r *Response) Header(name string) string {
	for _, header := range r.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value
		}
	}
	return ""
}

// Error says why there is no answer.
type Error struct {
	// Code is that of wasi:http, such as connection-refused.
	Code string
	// Denied: the sandbox refused. To try again is no use.
	Denied bool
}

func (e *Error) Error() string { return e.Code }

// IsDenied says whether the sandbox refused a request: what the configuration grants, or the worker's allowlist, does not cover it.
func IsDenied(err error) bool {
	var known *Error
	return errors.As(err, &known) && known.Denied
}

// Do sends a request and waits for the answer, whatever its status. The error is an [*Error] unless the request itself is wrong.
func Do(request *Request) (*Response, error) {
	where, err := url.Parse(request.URL)
	if err != nil {
		return nil, fmt.Errorf("the URL is wrong: %w", err)
	}
	if where.Scheme != "http" && where.Scheme != "https" || where.Host == "" {
		return nil, fmt.Errorf("%s is no absolute URL of http or https", where.Redacted())
	}
	filled := *request
	if filled.Timeout == 0 {
		filled.Timeout = 30 * time.Second
	}
	if filled.MaxBodyBytes == 0 {
		filled.MaxBodyBytes = 16 << 20
	}
	response, err := send(&filled, where)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", request.Method, where.Redacted(), err)
	}
	return response, nil
}

func tooLarge(request *Request) error {
	return &Error{Code: fmt.Sprintf("the answer has more than %d bytes", request.MaxBodyBytes)}
}
