/** SPI and deployer as HTTP peers: time-outs and errors. */
@NullMarked
package io.paddock.broker.remote;

import org.jspecify.annotations.NullMarked;
