/** Simulated machines: a mount namespace each, with an address of their own. */
@NullMarked
package io.paddock.minidirector.machine;

import org.jspecify.annotations.NullMarked;
