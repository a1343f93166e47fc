// The lab's client on the page itself: what the console, the end-to-end tests and the headless lab drive.

interface Window {
  overnight: import("../research/contract/lab-state.ts").LabClient;
}
