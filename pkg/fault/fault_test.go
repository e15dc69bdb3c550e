package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"redress.dev/pkg/fault"
)

func TestFaultIsFoundBehindWraps(t *testing.T) {
	base := fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "there is no complaint %s", "x").At("complaint_id")
	err := fmt.Errorf("load: %w", base)
	if !errors.Is(err, fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "")) {
		t.Error("a wrapped fault is not found by its reason")
	}
	if got := fault.ReasonOf(err); got != "COMPLAINT_NOT_FOUND" {
		t.Errorf("ReasonOf = %q", got)
	}
	if got := fault.ReasonOf(errors.New("disk")); got != "" {
		t.Errorf("ReasonOf a plain error = %q, want none", got)
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	base := fault.New(fault.Invalid, "FIELD_REQUIRED", "needed")
	a, b := base.At("a"), base.At("b")
	if a.Meta["field"] != "a" || b.Meta["field"] != "b" || base.Meta != nil {
		t.Errorf("Meta is shared: %v %v %v", a.Meta, b.Meta, base.Meta)
	}
}
