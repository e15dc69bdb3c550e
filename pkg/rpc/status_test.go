package rpc_test

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

func TestAFaultSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	st := rpc.Status(fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "too often").After(90*time.Second), "intake")
	if st.Code() != codes.ResourceExhausted {
		t.Errorf("code %v", st.Code())
	}
	for _, d := range st.Details() {
		if retry, ok := d.(*errdetails.RetryInfo); ok && retry.GetRetryDelay().AsDuration() == 90*time.Second {
			return
		}
	}
	t.Errorf("no RetryInfo of 90 s among %v", st.Details())
}
