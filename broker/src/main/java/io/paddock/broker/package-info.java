/** The Open Service Broker API over a state database. Generic: what is offered, the SPI knows. */
@NullMarked
package io.paddock.broker;

import org.jspecify.annotations.NullMarked;
