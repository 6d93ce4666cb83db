//go:build !wasip1

package wasihttp

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
)

func send(request *Request, where *url.URL) (*Response, error) {
	asked, err := http.NewRequest(request.Method, where.String(), bytes.NewReader(request.Body))
	if err != nil {
		return nil, err
	}
	for _, header := range request.Headers {
		asked.Header.Add(header.Name, header.Value)
	}
	client := http.Client{
		Timeout:       request.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(asked)
	if err != nil {
		return nil, &Error{Code: err.Error()}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, int64(request.MaxBodyBytes)+1))
	if err != nil {
		return nil, &Error{Code: err.Error()}
	}
	if len(body) > request.MaxBodyBytes {
		return nil, tooLarge(request)
	}
	response := &Response{Status: answer.StatusCode, Body: body}
	for name, values := range answer.Header {
		for _, value := range values {
			response.Headers = append(response.Headers, Header{name, value})
		}
	}
	return response, nil
}
