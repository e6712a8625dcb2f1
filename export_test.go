package main

// Main is the program, for tests that run it as a process.
var Main = main
