/** A command line in cf's words for those who have no Cloud Foundry at hand: speaks the Open Service Broker API. */
@NullMarked
package io.paddock.cli;

import org.jspecify.annotations.NullMarked;
