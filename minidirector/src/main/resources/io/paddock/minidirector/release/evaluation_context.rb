# What a job's ERB template can call, as in bosh's template library. The last value of this script is the renderer.
require 'erb'
require 'json'
require 'ostruct'
require 'shellwords'
require 'yaml'

class Object
  # As active_support has it.
  def blank?
    respond_to?(:empty?) ? !!empty? : !self
  end

  def present?
    !blank?
  end
end

class String
  def blank?
    strip.empty?
  end
end

module Paddock
  class UnknownProperty < StandardError
    def initialize(names)
      super("Can't find property '#{names.inspect}'")
    end
  end

  class UnknownLink < StandardError
    def initialize(name)
      super("Can't find link '#{name}'")
    end
  end

  class Otherwise
    def initialize(context, active)
      @context = context
      @active = active
    end

    def else
      yield if @active
    end

    def else_if_p(*names, &block)
      @active ? @context.if_p(*names, &block) : self
    end

    def else_if_link(name, &block)
      @active ? @context.if_link(name, &block) : self
    end
  end

  # Finds properties by dotted names; what includes it has raw_properties.
  module Properties
    def p(names, *default)
      found = Array(names).lazy.map { |name| lookup(name) }.reject(&:nil?).first
      return found unless found.nil?
      return default.first unless default.empty?

      raise UnknownProperty, Array(names)
    end

    def if_p(*names)
      values = names.map { |name| lookup(name) }
      return Otherwise.new(self, true) if values.any?(&:nil?)

      yield(*values)
      Otherwise.new(self, false)
    end

    private

    def lookup(name)
      name.split('.').reduce(raw_properties) { |node, key| node.is_a?(Hash) ? node[key] : nil }
    end
  end

  class LinkInstance
    include Properties
    attr_reader :name, :index, :id, :az, :address, :bootstrap, :raw_properties

    def initialize(content)
      @name, @index, @id, @az, @address, @bootstrap, @raw_properties =
        content.values_at('name', 'index', 'id', 'az', 'address', 'bootstrap', 'properties')
    end
  end

  class Link
    include Properties
    STATUS_CODES = { 'default' => 0, 'unhealthy' => 1, 'healthy' => 3, 'all' => 4 }.freeze
    attr_reader :instances, :raw_properties

    def initialize(content)
      @instances = content['instances'].map { |instance| LinkInstance.new(instance) }
      @raw_properties = content['properties']
      @address = content['address']
      @azs = content.fetch('azs', [])
    end

    def properties
      EvaluationContext.open_struct(@raw_properties)
    end

    # The name that leads to the instances of a status, of all zones or of some: "q-a1s3.group.network.deployment.bosh".
    def address(azs: [], status: 'default')
      code = STATUS_CODES.fetch(status) { raise ArgumentError, "no such status: #{status}" }
      zones = azs.map { |az| "a#{@azs.index(az) + 1}" if @azs.include?(az) }.compact.join
      @address.sub('q-s0', "q-#{zones}s#{code}")
    end
  end

  class EvaluationContext
    include Properties
    attr_reader :name, :index, :properties, :raw_properties, :spec

    def initialize(input)
      @name = input['job']['name']
      @index = input['index']
      @raw_properties = input['properties']
      @properties = open_struct(@raw_properties)
      @spec = open_struct(input)
      @links = input.fetch('links', {}).transform_values { |content| Link.new(content) }
    end

    def link(name)
      found = @links[name]
      raise UnknownLink, name if found.nil?

      found
    end

    def if_link(name)
      return Otherwise.new(self, true) unless @links.key?(name)

      yield link(name)
      Otherwise.new(self, false)
    end

    def get_binding
      binding
    end

    def self.open_struct(node)
      case node
      when Hash then OpenStruct.new(node.transform_values { |value| open_struct(value) })
      when Array then node.map { |value| open_struct(value) }
      else node
      end
    end

    def open_struct(node)
      EvaluationContext.open_struct(node)
    end
  end

  # Answers [text, nil] or [nil, message]: an exception would lose the line of the template on its way to Java.
  class Renderer
    def render(template, name, json)
      erb = ERB.new(template, trim_mode: '-')
      erb.filename = name
      [erb.result(EvaluationContext.new(JSON.parse(json)).get_binding), nil]
    rescue ScriptError, StandardError => e
      place = e.backtrace.to_a.grep(/#{Regexp.escape(name)}:(\d+)/) { Regexp.last_match(1) }.first
      [nil, "line #{place || 'unknown'}: #{e.message}"]
    end
  end
end

Paddock::Renderer.new
