//go:build !wasip1

// Package guest is the component's side of what all plugins have in common; there is none outside of a component.
package guest
