package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// ProtocolCall is the protocol of calls: HTTP/1.1, a POST for each, bodies of
// at most 4 MiB.
const ProtocolCall = "tracker-call/1"

// Handler answers one call of the peer, which the network has authenticated. ctx ends when the
// caller gives up, when the server closes, and after a minute. A *CallError goes to the caller
// unchanged; of any other error the caller learns only that there was one, and it is logged here.
type Handler func(ctx context.Context, peer survey.Region, request []byte) (response []byte, err error)

// Server answers calls.
type Server struct {
	http     *http.Server
	handlers map[string]Handler
	logger   *slog.Logger
	end      context.CancelFunc
	running  sync.WaitGroup
}

type peerKey struct{}

// Serve answers the calls that come over the network, by path, until Close.
func Serve(n Network, handlers map[string]Handler, logger *slog.Logger) *Server {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{handlers: handlers, logger: logger}
	life, end := context.WithCancel(context.Background())
	s.end = end

	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		Protocols:         protocols,
		ReadHeaderTimeout: bodyTimeout,
		WriteTimeout:      bodyTimeout + maxCall + bodyTimeout,
		IdleTimeout:       serverIdle,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return life },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if known, ok := c.(interface{ Peer() survey.Region }); ok {
				return context.WithValue(ctx, peerKey{}, known.Peer())
			}
			return ctx
		},
		ConnState: s.count,
	}

	listener := n.Listen(ProtocolCall)
	s.running.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			logger.Error("node calls are not served", "error", err)
		}
	})
	return s
}

// count makes Close wait for the connections' goroutines.
func (s *Server) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.running.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.running.Done()
	}
}

// Close ends the handlers' contexts, closes the connections and waits for the
// handlers. Callers see ErrInterrupted.
func (s *Server) Close() error {
	s.end()
	err := s.http.Close()
	s.running.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close node calls: %w", err)
	}
	return nil
}

// serve answers one call: it checks the request, runs the handler and sends its answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	peer, ok := r.Context().Value(peerKey{}).(survey.Region)
	if !ok || peer == "" {
		refuse(w, http.StatusForbidden, &CallError{CodeBadRequest, "the connection is not authenticated"})
		return
	}
	if r.Method != http.MethodPost {
		refuse(w, http.StatusMethodNotAllowed, &CallError{CodeBadRequest, "calls are made by POST"})
		return
	}

	handler := s.handlers[r.URL.Path]
	if handler == nil {
		refuse(w, http.StatusNotFound, &CallError{CodeNoHandler,
			fmt.Sprintf("no handler for %q in this version", r.URL.Path)})
		return
	}

	request, err := read(w, r)
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, requestTooLarge())
			return
		}
		refuse(w, http.StatusBadRequest, &CallError{CodeBadRequest, "the request did not arrive whole"})
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), maxCall)
	defer cancel()
	response, err := handler(ctx, peer, request)
	if err == nil && len(response) > maxBody {
		err = &CallError{CodeResponseTooLarge, fmt.Sprintf("the answer has %d bytes, at most %d are allowed",
			len(response), maxBody)}
	}
	if err != nil {
		s.answerError(w, r, peer, err)
		return
	}

	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(response)))
	if _, err := w.Write(response); err != nil {
		s.logger.Debug("answer to a node not delivered", "peer", peer, "path", r.URL.Path, "error", err)
	}
}

// read reads the body within bodyTimeout. http.Server.ReadTimeout would also end the handler's
// context.
func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	return body, control.SetReadDeadline(time.Time{})
}

// answerError sends the handler's own error, or says that there was one.
func (s *Server) answerError(w http.ResponseWriter, r *http.Request, peer survey.Region, err error) {
	var own *CallError
	if errors.As(err, &own) {
		refuse(w, http.StatusUnprocessableEntity, own)
		return
	}

	// The caller is gone, or the server closes: the call was interrupted, it did not fail.
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
	s.logger.Warn("node call not answered", "peer", peer, "path", r.URL.Path, "error", err)
	refuse(w, http.StatusInternalServerError, &CallError{CodeInternal,
		"an unexpected error: the node's log has it, at " + time.Now().UTC().Format(time.RFC3339)})
}

func requestTooLarge() *CallError {
	return &CallError{CodeRequestTooLarge, fmt.Sprintf("a request may have %d bytes", maxBody)}
}

// refuse sends the error as JSON.
func refuse(w http.ResponseWriter, status int, e *CallError) {
	text, err := json.Marshal(e)
	if err != nil {
		text = []byte(`{"code":"internal","message":"the error cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text) //nolint:errcheck // the caller is gone; nothing is left to tell
}
