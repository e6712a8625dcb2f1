// Package rehearsal is what plays the service where nobody is in need: a demonstration with simulated phones, the push
// services that ring them and a window on what they show, a replayed shift that is checked, and measurements. All of it runs
// on this machine alone.
package rehearsal
