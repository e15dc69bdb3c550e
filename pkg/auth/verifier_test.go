package auth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
)

// An issuer that takes the question and never answers must not hold calls longer than they want to wait.
func TestASilentIssuerHoldsNobody(t *testing.T) {
	t.Parallel()
	asked, end := make(chan struct{}), make(chan struct{})
	issuer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-end
	}))
	defer issuer.Close()
	defer close(end)
	v, err := auth.NewVerifier(auth.Config{Issuer: issuer.URL, Audience: "redress"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() {
		_, err := v.Verify(ctx, "token")
		answer <- err
	}()
	<-asked
	giveUp()
	select {
	case err := <-answer:
		if fault.ReasonOf(err) != "TOKEN_INVALID" {
			t.Errorf("Verify = %v", err)
		}
	case <-time.After(3 * time.Second):
		t.Error("the call waits for the issuer though its caller has gone")
	}
}
